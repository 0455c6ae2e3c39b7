import { createSession, type Session } from 'better-sse';
import type { Request, Response } from 'express';
import type { Clock } from '../../clock';
import { logFailure, type Log } from '../../log';
import type { AccountService } from '../../services/staff/account-service';
import type { StaffAccount } from '../../store/staff/account-store';

const EVERY_MS = 3_000;
/** The browser reconnects at once, and is authenticated again. */
const LONGEST_MS = 15 * 60_000;

/** What a page wants to have pushed: the events of one moment, rendered for the reader. */
type Draw = (res: Response) => Promise<Record<string, unknown>>;

interface Watcher {
  session: Session;
  sessionId: string;
  me: StaffAccount;
  res: Response;
  draw: Draw;
  untilMs: number;
}

/**
 * Pages that are kept up to date while somebody looks at them (server-sent events). One timer for all of
 * them, which stops while there are none; a stream ends with the session it belongs to.
 */
export class LiveStreams {
  private readonly watchers = new Set<Watcher>();
  private isRunning = false;
  private waiting = new AbortController();

  constructor(
    private readonly accounts: Pick<AccountService, 'whoIs'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get size(): number {
    return this.watchers.size;
  }

  /** Answers a request with a stream of what `draw` gives, until either side closes it. */
  async open(req: Request, res: Response, me: StaffAccount, draw: Draw): Promise<void> {
    const session = await createSession(req, res, { keepAlive: null, retry: EVERY_MS });
    const untilMs = this.clock.elapsedMs() + LONGEST_MS;
    const watcher = { session, sessionId: req.sessionID, me, res, draw, untilMs };
    this.watchers.add(watcher);
    // Not the session's own event: it says nothing about a reader who left while it was made.
    res.once('close', () => this.forget(watcher));
    await this.push(watcher);
    if (this.watchers.size > 0) void this.run();
  }

  /** Ends the streams of somebody who signed out. */
  endOf(sessionId: string): void {
    for (const watcher of [...this.watchers])
      if (watcher.sessionId === sessionId) this.end(watcher);
  }

  /** The server stops. */
  endAll(): void {
    for (const watcher of this.watchers) this.end(watcher);
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.watchers.size > 0) {
      this.waiting = new AbortController();
      await this.clock.wait(EVERY_MS, this.waiting.signal);
      await Promise.all([...this.watchers].map((watcher) => this.push(watcher)));
    }
    this.isRunning = false;
  }

  private async push(watcher: Watcher): Promise<void> {
    const { session, me, res, draw, untilMs } = watcher;
    if (hasEnded(res)) return this.forget(watcher);
    try {
      const now = await this.accounts.whoIs({ staffId: me.id, epoch: me.epoch });
      const isOver =
        now?.role !== me.role ||
        String(now.scope) !== String(me.scope) ||
        this.clock.elapsedMs() >= untilMs;
      if (isOver) return this.end(watcher);
      const events = await draw(res);
      if (hasEnded(res)) return this.forget(watcher);
      for (const [name, value] of Object.entries(events)) session.push(value, name);
    } catch (error) {
      if (hasEnded(res)) return this.forget(watcher); // the server stops, and the database is closed
      logFailure(this.log, error, 'a live page failed');
      this.end(watcher);
    }
  }

  private end(watcher: Watcher): void {
    this.forget(watcher);
    watcher.res.end();
  }

  private forget(watcher: Watcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size === 0) this.waiting.abort();
  }
}

function hasEnded(res: Response): boolean {
  return res.destroyed || res.writableEnded;
}

/** A part of a page as text, rendered for this answer's reader. */
export function rendered(res: Response, view: string, values: object): Promise<string> {
  return new Promise((resolve, reject) => {
    res.app.render(view, { ...res.locals, ...values }, (error: Error | null, html) =>
      error ? reject(error) : resolve(html),
    );
  });
}
