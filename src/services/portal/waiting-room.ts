import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import { MINUTE_MS } from '../../clock';

/** A browser is answered by then, whatever the router is still busy with. In real time, as browsers live in it. */
const ROUTER_TIMEOUT_MS = 5_000;
/** How long an outcome can be looked at. */
const KEPT_MS = 10 * MINUTE_MS;

/** What came of it. */
export type Outcome<T> = { value: T } | { error: unknown };

/** Something a customer asked for, for as long as it is worth looking at. */
export interface Visit<T> {
  ticket: string;
  /** What they typed. */
  typed: string;
  /** `undefined` while it is under way. */
  outcome: Outcome<T> | undefined;
  /** The customer was answered before there was an outcome. */
  isWaiting: boolean;
}

/** Counts only while it is the router that keeps the customer waiting. */
export class RouterTimeout {
  private timer: NodeJS.Timeout | undefined;
  private end: () => void = () => undefined;
  readonly reached = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  constructor(private readonly ms: number) {}

  start(): void {
    this.stop();
    this.timer = setTimeout(this.end, this.ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/**
 * Where customers wait for a slow router. What they asked for goes on by itself, whether or not anybody
 * looks; the ticket, which only their browser knows, leads to its outcome. A restart forgets tickets: what
 * became of the code then shows on the page of the device.
 */
export class WaitingRoom<T> {
  private readonly visits = new Map<string, Visit<T> & { endedAtMs: number | undefined }>();

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs = ROUTER_TIMEOUT_MS,
  ) {}

  /**
   * Begins, and waits for the outcome until the timeout. Never throws.
   * @param begin starts the timeout when it is the router that is waited for
   */
  async enter(typed: string, begin: (timeout: RouterTimeout) => Promise<T>): Promise<Visit<T>> {
    const timeout = new RouterTimeout(this.timeoutMs);
    const ticket = randomBytes(16).toString('base64url');
    const visit = { ticket, typed, outcome: undefined, isWaiting: false, endedAtMs: undefined };
    const ended = this.watch(visit, begin(timeout));
    await Promise.race([ended, timeout.reached]);
    timeout.stop();
    if (visit.outcome) return visit;
    this.sweep();
    visit.isWaiting = true;
    this.visits.set(ticket, visit);
    return visit;
  }

  /**
   * Waits for work until the timeout: what it did shows on the page of the device later just as well.
   * @throws what it does by then
   */
  async untilTimeout(work: Promise<unknown>): Promise<void> {
    const timeout = new RouterTimeout(this.timeoutMs);
    timeout.start();
    await Promise.race([work, timeout.reached]).finally(() => timeout.stop());
  }

  /** `undefined` for one nobody has, or whose outcome was long ago. */
  find(ticket: string): Visit<T> | undefined {
    this.sweep();
    return this.visits.get(ticket);
  }

  private async watch(
    visit: Visit<T> & { endedAtMs: number | undefined },
    work: Promise<T>,
  ): Promise<void> {
    try {
      visit.outcome = { value: await work };
    } catch (error) {
      visit.outcome = { error };
    }
    visit.endedAtMs = this.clock.elapsedMs();
  }

  private sweep(): void {
    const longAgo = this.clock.elapsedMs() - KEPT_MS;
    for (const [ticket, { endedAtMs }] of this.visits) {
      if (endedAtMs !== undefined && endedAtMs < longAgo) this.visits.delete(ticket);
    }
  }
}
