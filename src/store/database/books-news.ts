import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Clock } from '../../clock';
import type { Log } from '../../log';

const CHANNEL = 'pisonet';
const CONNECT_MS = 4_000;
const AGAIN_MS = 1_000;

/** What programs on the same books tell each other. Hints only: what holds is in the books. */
export type News =
  /** A program that shares the routers is alive, or ends. */
  | { what: 'here' }
  | { what: 'gone' }
  /** Something changed for these routers: a round is wanted soon. */
  | { what: 'nudge'; routers: number[] }
  /** A round that was asked for is done. */
  | { what: 'served'; router: number };

/** @param from the program; never this one */
export type NewsListener = (news: News, from: string) => void;

/**
 * LISTEN and NOTIFY of PostgreSQL, on a connection of its own. While it is down nothing is heard and nothing
 * sent: readers look into the books from time to time, and at once when it is back.
 */
export class BooksNews {
  readonly me = randomUUID();
  private client: pg.Client | undefined;
  private listener: NewsListener = () => undefined;
  private onBack: () => void = () => undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @param onBack whatever was told meanwhile was not heard */
  listen(listener: NewsListener, onBack: () => void): void {
    this.listener = listener;
    this.onBack = onBack;
  }

  /** Stays connected until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.hear(signal);
      } catch (error) {
        this.log.debug({ reason: (error as Error).message }, 'no news from the other programs');
      }
      await this.clock.wait(AGAIN_MS, signal);
    }
  }

  tell(news: News): void {
    const payload = JSON.stringify({ ...news, from: this.me });
    // Lost with the connection; see above.
    this.client?.query('select pg_notify($1, $2)', [CHANNEL, payload]).catch(() => undefined);
  }

  /** One connection, from its beginning to its end. */
  private async hear(signal: AbortSignal): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'pisonet news',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.on('end', resolve);
      client.on('error', () => resolve());
    });
    client.on('notification', ({ payload }) => this.heard(payload));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.client = client;
      this.onBack();
      await Promise.race([ended, aborted(signal)]);
    } finally {
      this.client = undefined;
      await client.end().catch(() => undefined);
    }
  }

  private heard(payload: string | undefined): void {
    const { from, ...news } = JSON.parse(payload ?? '{}') as News & { from: string };
    if (from !== this.me) this.listener(news, from);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
