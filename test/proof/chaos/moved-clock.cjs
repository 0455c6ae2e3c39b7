/**
 * Loaded before a program (`node --require`): MOVED_MS says how far its wall clock is from the true time, and
 * the process that started it sets it by messages. Time that only ever increases is left alone, as it is when somebody sets the clock of a computer.
 */
const RealDate = Date;
let movedMs = Number(process.env.MOVED_MS ?? 0);

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + movedMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + movedMs;
  }
};

process.on('message', (message) => {
  movedMs = message.movedMs;
  process.send({ movedMs });
});
process.channel?.unref();
