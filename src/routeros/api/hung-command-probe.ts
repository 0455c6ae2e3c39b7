import { connect } from 'node:net';

/** Where it answers, and how patient to be. */
export interface ProbeOptions {
  host: string;
  port: number;
  /** After so much silence on the connection the router is called. */
  silentMs: number;
  /** And again so often. */
  everyMs: number;
}

/**
 * Notices a router that restarted while a command waits for its answer. A power cut sends no FIN, and our
 * system only hears that the connection is gone when it sends again what was not acknowledged, which it does
 * at longer and longer intervals: half a minute after the router is up. A router that could not be called and
 * then can be was away. One that only takes its time can be called all along, and is left in peace. It calls
 * by TCP alone: without a login nothing is written into the router's log.
 */
export class RestartProbe {
  private readonly timer: NodeJS.Timeout;
  private wasAway = false;
  private isCalling = false;

  /**
   * @param silentMs how long a command has waited without a byte from the router; 0 when none waits
   * @param onRestart may be called more than once, until the probe is stopped
   */
  constructor(
    private readonly options: ProbeOptions,
    private readonly silentMs: () => number,
    private readonly onRestart: () => void,
  ) {
    this.timer = setInterval(() => void this.check(), options.everyMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    if (this.isCalling) return;
    if (this.silentMs() < this.options.silentMs) {
      this.wasAway = false;
      return;
    }
    this.isCalling = true;
    const answers = await isAnswering(this.options);
    this.isCalling = false;
    if (answers && this.wasAway) this.onRestart();
    this.wasAway = !answers;
  }
}

/** A router that boots, or a forwarded port whose router is away, may take a call and hang up at once. */
const HELD_MS = 250;
const ANSWER_MS = 2_000;

function isAnswering({ host, port }: ProbeOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const deadline = setTimeout(() => end(false), ANSWER_MS);
    let held: NodeJS.Timeout | undefined;
    const end = (answers: boolean) => {
      clearTimeout(deadline);
      clearTimeout(held);
      socket.destroy();
      resolve(answers);
    };
    socket.on('connect', () => {
      clearTimeout(deadline);
      held = setTimeout(() => end(true), HELD_MS);
    });
    socket.on('error', () => end(false));
    socket.on('end', () => end(false));
  });
}
