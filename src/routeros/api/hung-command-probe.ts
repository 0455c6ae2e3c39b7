import { connect } from 'node:net';
import type { Timer, Timers } from '../../clock';

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
  private readonly timer: Timer;
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
    private readonly clock: Timers,
  ) {
    this.timer = clock.every(options.everyMs, () => void this.check());
  }

  stop(): void {
    this.timer.cancel();
  }

  private async check(): Promise<void> {
    if (this.isCalling) return;
    if (this.silentMs() < this.options.silentMs) {
      this.wasAway = false;
      return;
    }
    this.isCalling = true;
    const answers = await isAnswering(this.options, this.clock);
    this.isCalling = false;
    if (answers && this.wasAway) this.onRestart();
    this.wasAway = !answers;
  }
}

/** A router that boots, or a forwarded port whose router is away, may take a call and hang up at once. */
const HELD_MS = 250;
const ANSWER_MS = 2_000;

function isAnswering({ host, port }: ProbeOptions, clock: Timers): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const deadline = clock.after(ANSWER_MS, () => end(false));
    let held: Timer | undefined;
    const end = (answers: boolean) => {
      deadline.cancel();
      held?.cancel();
      socket.destroy();
      resolve(answers);
    };
    socket.on('connect', () => {
      deadline.cancel();
      held = clock.after(HELD_MS, () => end(true));
    });
    socket.on('error', () => end(false));
    socket.on('end', () => end(false));
  });
}
