import type { Clock } from '../../clock';
import { logFailure, type Log } from '../../log';
import type { RouterClient } from '../../routeros/api/client';
import type { Controller } from './controller';
import type { ControllerLoop } from './controller-loop';

/** How soon a running server takes up what a command or another computer changed. */
const CHECK_MS = 5_000;
/** A round that hangs is given up after this, when its router was removed or is reached otherwise now. */
const GIVE_UP_MS = 2_500;

/** One router's part of the product, as it runs. */
interface Side {
  /** 0 is the router of the environment. */
  id: number;
  client: Pick<RouterClient, 'keepConnected' | 'stop'>;
  controller: Pick<Controller, 'idle'>;
  loop: Pick<ControllerLoop, 'run'>;
}

/** Where routers that were added are kept. */
interface AddedBooks<S extends Side> {
  /** Of all there are now: their ids, each with a number that changes with its settings. */
  revisions(): Promise<ReadonlyMap<number, number>>;
  /** These, as their settings are now; one that cannot be used, which staff are told, is left out. */
  open(ids: readonly number[]): Promise<S[]>;
}

interface Running {
  stopping: AbortController;
  ended: Promise<void>;
}

/**
 * The routers this process works with: that of the environment, and those of the books, which may be added,
 * changed and removed while it runs. A change stops and starts that router's loop; the others do not notice.
 */
export class RouterSides<S extends Side> {
  private readonly sides: S[];
  private known: ReadonlyMap<number, number> = new Map();
  private readonly running = new Map<S, Running>();
  private refreshing: Promise<void> = Promise.resolve();
  private signal: AbortSignal | undefined;

  /** @param first the router of the environment */
  constructor(
    first: S | undefined,
    private readonly books: AddedBooks<S>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.sides = first ? [first] : [];
  }

  /** The same list for as long as this process runs: what changes is in it. */
  get all(): readonly S[] {
    return this.sides;
  }

  /** Reads which routers there are now, and takes up what changed. One at a time. */
  refresh(): Promise<void> {
    const next = this.refreshing.then(() => this.takeUp());
    this.refreshing = next.catch(() => undefined);
    return next;
  }

  /** Keeps all connected and their loops running, until the signal; then each after its round. */
  async run(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    for (const side of this.sides) this.start(side);
    while (!signal.aborted) {
      await this.clock.wait(CHECK_MS, signal);
      if (signal.aborted) break;
      await this.refresh().catch((error: unknown) => {
        logFailure(this.log, error, 'the list of routers could not be read');
      });
    }
    await this.refreshing;
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  /** Closes all connections: rounds that wait for a router fail. */
  stop(): void {
    for (const { client } of this.sides) client.stop();
  }

  private async takeUp(): Promise<void> {
    if (this.signal?.aborted) return;
    const now = await this.books.revisions();
    const before = this.known;
    const changed = (id: number) => now.get(id) !== before.get(id);
    await Promise.all(
      this.sides.filter(({ id }) => id !== 0 && changed(id)).map((side) => this.drop(side)),
    );
    const news = [...now.keys()].filter(changed);
    const opened = news.length === 0 ? [] : await this.books.open(news);
    this.known = now;
    this.sides.push(...opened);
    this.sides.sort((a, b) => a.id - b.id);
    if (this.signal) for (const side of opened) this.start(side);
  }

  private start(side: S): void {
    const stopping = new AbortController();
    const signal = AbortSignal.any([this.signal!, stopping.signal]);
    side.client.keepConnected();
    this.running.set(side, { stopping, ended: side.loop.run(signal) });
  }

  /** Customers ask the others from now on; its round that is under way may end. */
  private async drop(side: S): Promise<void> {
    this.sides.splice(this.sides.indexOf(side), 1);
    const running = this.running.get(side);
    this.running.delete(side);
    const isOver = new AbortController();
    const hurry = this.clock.wait(GIVE_UP_MS, isOver.signal).then(() => side.client.stop());
    running?.stopping.abort();
    await running?.ended;
    await side.controller.idle();
    isOver.abort();
    await hurry;
  }
}
