import type { Clock } from '../../clock';
import { BooksUnavailable, RouterUnreachable } from '../../errors';
import { logFailure, type Log } from '../../log';
import { LoopTimer } from './loop-timer';
import type { Controller } from './controller';
import type { ReconcileReport } from './round/reconcile-report';
import type { ShopWatch } from './shop-watch';

/** The shortest pause after a round: what a device can use in it is how far it can overshoot a cap. */
const SHORTEST_REST_MS = 1_000;
/** The shortest pause when the router's owner has to install something first. */
const OWNERS_TIME_MS = 60_000;
/** How often the loop checks whether another process asks for a round. */
const ASKED_MS = 500;

/** Runs the controller's rounds one after another, at the poll interval or sooner when needed. */
export class ControllerLoop {
  private readonly timer: LoopTimer;
  private wake: () => void = () => undefined;
  private isNudged = false;
  private isElsewhere: boolean | undefined;
  /** Failed rounds in a row, and why the last one failed. */
  private failures = { count: 0, reason: '' };

  constructor(
    private readonly controller: Controller,
    private readonly watch: ShopWatch,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly pollMs: number,
  ) {
    this.timer = new LoopTimer(clock, pollMs);
  }

  /** Runs rounds until the signal; stops between rounds and leaves customers online. */
  async run(signal: AbortSignal): Promise<void> {
    this.controller.takeCharge(() => this.nudge());
    this.timer.mark();
    const watchingTime = this.watchTime(signal);
    try {
      while (!signal.aborted) {
        let lateMs = this.timer.mark();
        const begins = () => {
          lateMs = Math.max(lateMs, this.timer.mark());
        };
        const round = this.controller.reconcileIfOurs(false, { begins });
        const report = await round.catch((error: unknown) => {
          logFailure(this.log, error, 'a round of the loop failed');
          // The owner hears of these without the books, which could not store them.
          if (error instanceof BooksUnavailable) return null;
          const reason = error instanceof Error ? error.message : String(error);
          this.failures = { count: this.failures.count + 1, reason };
          return null;
        });
        if (report !== null) this.failures = { count: 0, reason: '' };
        await this.checkShop(report, Math.max(lateMs, this.timer.mark()));
        this.noteOther(report === undefined);
        await this.rest(report?.reviewAt ?? null, signal);
      }
    } finally {
      await watchingTime;
      await this.controller.leave().catch((error: unknown) => {
        logFailure(this.log, error, 'the router was not handed over');
      });
    }
  }

  /** Runs beside the rounds: things that change slowly, and whether rounds are on time and succeed. */
  private async checkShop(
    report: ReconcileReport | null | undefined,
    lateMs: number,
  ): Promise<void> {
    try {
      await this.watch.noteLateness(lateMs, this.pollMs);
      // Failures of the program in charge are not ours to report.
      const { count, reason } = this.failures;
      if (report !== undefined) await this.watch.noteFailures(count, reason);
      await this.watch.noteGuessing();
      if (report) await this.controller.checkUp();
    } catch (error) {
      if (error instanceof RouterUnreachable) return; // the next round reports it
      logFailure(this.log, error, 'the loop could not check the shop');
    }
  }

  /** A round that hangs cannot report it itself. */
  private async watchTime(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.clock.wait(this.timer.lateAfterMs / 2, signal);
      const lateMs = this.timer.lateMs();
      if (lateMs === 0 || signal.aborted) continue;
      await this.watch.noteLateness(lateMs, this.pollMs).catch((error: unknown) => {
        logFailure(this.log, error, 'the loop is late, and that could not be noted');
      });
    }
  }

  /** Logs once that another program does the work, and once that it is ours again. */
  private noteOther(isElsewhere: boolean): void {
    if (isElsewhere === this.isElsewhere) return;
    this.isElsewhere = isElsewhere;
    if (isElsewhere) this.log.warn('another program is in charge of the router; this one waits');
    else this.log.info('this program is in charge of the router');
  }

  private nudge(): void {
    this.isNudged = true;
    this.wake();
  }

  private async rest(reviewAt: string | null, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    this.wake = () => waking.abort();
    signal.addEventListener('abort', this.wake);
    const { isWaitingForOwner } = this.controller;
    const restMs = isWaitingForOwner
      ? Math.max(OWNERS_TIME_MS, this.pollMs)
      : restAfter(reviewAt, this.pollMs, this.clock.now());
    const until = this.clock.elapsedMs() + restMs;
    while (!signal.aborted && !this.isNudged) {
      const left = until - this.clock.elapsedMs();
      if (left <= 0) break;
      const isTold = this.controller.charge.peers !== undefined;
      await this.clock.wait(isTold ? left : Math.min(left, ASKED_MS), waking.signal);
      if (!isTold && (await this.controller.isAsked())) break;
    }
    signal.removeEventListener('abort', this.wake);
    this.isNudged = false;
  }
}

/**
 * How long to rest after a round, in ms: the poll interval, or less if a device could reach a threshold or an
 * end sooner. So no cap is exceeded by more than (speed x time to the next round), and that time shrinks to
 * one second as the cap comes near.
 * @param reviewAt when the decisions could next change, from the round's report
 */
export function restAfter(reviewAt: string | null, pollMs: number, now: Date): number {
  if (reviewAt === null) return pollMs;
  const dueMs = new Date(reviewAt).getTime() - now.getTime();
  return Math.min(pollMs, Math.max(dueMs, SHORTEST_REST_MS));
}
