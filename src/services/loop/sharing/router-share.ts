import type { Clock } from '../../../clock';
import { fairShare, type SharedRouter } from '../../../domain/loop/routers-per-program';
import { logFailure, type Log } from '../../../log';
import type { BooksNews, News } from '../../../store/database/books-news';
import type { Lease, RouterRecord, RouterStore } from '../../../store/router/router-store';
import type { Controller } from '../controller';
import { LeaseSightings } from './lease-sightings';
import type { Peers } from './peers';

/** A program that dies leaves its routers to others after this long; every few seconds it says it lives. */
const LEASE_MS = 8_000;
const RENEW_MS = 2_000;
const TICK_MS = 1_000;
/** Who was not heard for this long does not count. */
const HEARD_MS = 5_000;
/** Programs come and go for a while when a shop is updated: routers move once that is over. */
const SETTLED_MS = 5_000;
/** Routers move at most this often, however the programs are spread. */
const MOVE_MS = 30_000;

/**
 * Shares the routers with the other programs on the same books. Once a second it reads all leases with one
 * statement, renews its own with another, and takes or leaves routers to have a fair share.
 */
export class RouterShare implements Peers {
  readonly leaseMs = LEASE_MS;
  private readonly sightings: LeaseSightings;
  /** Other programs, and when each was last heard. */
  private readonly heard = new Map<string, number>();
  private hasBegun = false;
  private changedMs = -Infinity;
  private movedMs = -Infinity;
  private ours: ReadonlySet<number> = new Set();
  /** By the number of their router. */
  private controllers = new Map<number, Controller>();
  private readonly served = new Map<number, AbortController>();
  private readonly nudged = new Set<number>();
  private wake: () => void = () => undefined;

  constructor(
    private readonly routers: RouterStore,
    private readonly news: BooksNews,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Those of the routers there are now. */
    private readonly all: () => readonly Controller[],
  ) {
    this.sightings = new LeaseSightings(clock, LEASE_MS);
  }

  /** To be called before the loops run. */
  begin(): void {
    this.hasBegun = true;
    for (const controller of this.all()) this.join(controller);
    this.news.listen(
      (news, from) => this.hear(news, from),
      () => this.back(),
    );
  }

  /** A router that was added meanwhile, before its loop runs. */
  join(controller: Controller): void {
    if (this.hasBegun) controller.charge.join(this);
  }

  /** Runs until the signal. The loops give their routers back themselves. */
  async run(signal: AbortSignal): Promise<void> {
    const hearing = this.news.run(signal);
    // Who else is there is heard before anything is taken.
    await this.greet(signal);
    while (!signal.aborted) {
      await this.share().catch((error: unknown) => {
        logFailure(this.log, error, 'the routers could not be shared with the other programs');
      });
      await this.greet(signal);
    }
    this.news.tell({ what: 'gone' });
    await hearing;
  }

  isForUs(routerId: number): boolean {
    return this.ours.has(routerId);
  }

  isStale(routerId: number, lease: Lease): boolean {
    return this.sightings.isStale(routerId, lease);
  }

  /** Many at once are told together. */
  nudge(routerId: number): void {
    if (this.nudged.size === 0) {
      setImmediate(() => {
        this.news.tell({ what: 'nudge', routers: [...this.nudged] });
        this.nudged.clear();
      });
    }
    this.nudged.add(routerId);
  }

  tellServed(routerId: number): void {
    this.news.tell({ what: 'served', router: routerId });
  }

  nextServed(routerId: number): AbortSignal {
    const waiting = this.served.get(routerId) ?? new AbortController();
    this.served.set(routerId, waiting);
    return waiting.signal;
  }

  /** One turn: renew, read, take, leave. */
  private async share(): Promise<void> {
    this.controllers = await this.byRouter();
    await this.renew();
    const records = await this.routers.all();
    this.sightings.note(records);
    const shared = records.flatMap((record) => this.seen(record) ?? []);
    const { take, leave } = fairShare(shared, this.programs());
    this.ours = new Set(take);
    for (const { id, asked, served } of records) {
      if (asked > served || this.ours.has(id)) this.controllers.get(id)?.nudgeOwnLoop();
    }
    if (leave.length > 0 && this.maySettle()) await this.leave(leave);
  }

  private async leave(ids: readonly number[]): Promise<void> {
    this.movedMs = this.clock.elapsedMs();
    this.log.info({ routers: ids.length }, 'leaving routers to another program');
    await Promise.all(ids.flatMap((id) => this.controllers.get(id)?.handOver() ?? []));
  }

  private maySettle(): boolean {
    const now = this.clock.elapsedMs();
    return now - this.changedMs >= SETTLED_MS && now - this.movedMs >= MOVE_MS;
  }

  private seen({ id, lease }: RouterRecord): SharedRouter | undefined {
    const controller = this.controllers.get(id);
    if (!controller) return undefined; // one that was removed, or is new since this program started
    if (lease && controller.charge.holds(lease)) return { id, state: 'ours', freeMs: 0 };
    if (lease && !controller.charge.isDead(lease)) return { id, state: 'theirs', freeMs: 0 };
    return { id, state: 'free', freeMs: this.sightings.sameMs(id, lease) };
  }

  /** Beside the rounds: one that takes long on a slow router does not cost it the lease. */
  private async renew(): Promise<void> {
    const atMs = this.clock.elapsedMs();
    const due = this.all().flatMap((one) => one.charge.leaseDue(RENEW_MS) ?? []);
    if (due.length === 0) return;
    const until = new Date(this.clock.now().getTime() + LEASE_MS);
    const holders = due.map(({ holder }) => holder);
    const renewed = new Set(await this.routers.renewLeases(holders, until));
    for (const lease of due) if (renewed.has(lease.holder)) lease.renewedAt(atMs);
  }

  private async byRouter(): Promise<Map<number, Controller>> {
    const ids = this.all().map(async (one) => [await one.charge.routerId(), one] as const);
    return new Map(await Promise.all(ids));
  }

  private async greet(signal: AbortSignal): Promise<void> {
    this.news.tell({ what: 'here' });
    const waking = new AbortController();
    this.wake = () => waking.abort();
    await this.clock.wait(TICK_MS, AbortSignal.any([signal, waking.signal]));
  }

  /** What the others told meanwhile was not heard: the rounds read the books. */
  private back(): void {
    this.news.tell({ what: 'here' });
    for (const controller of this.all()) controller.nudgeOwnLoop();
  }

  /** How many programs share the routers. */
  private programs(): number {
    const now = this.clock.elapsedMs();
    for (const [from, atMs] of this.heard) {
      if (now - atMs > HEARD_MS) this.changed(() => this.heard.delete(from));
    }
    return 1 + this.heard.size;
  }

  private changed(change: () => void): void {
    change();
    this.changedMs = this.clock.elapsedMs();
  }

  private hear(news: News, from: string): void {
    if (news.what === 'here') {
      const note = () => this.heard.set(from, this.clock.elapsedMs());
      if (this.heard.has(from)) note();
      else this.changed(note);
    } else if (news.what === 'gone') this.changed(() => this.heard.delete(from));
    else if (news.what === 'nudge') {
      for (const id of news.routers) this.controllers.get(id)?.nudgeOwnLoop();
    } else {
      this.served.get(news.router)?.abort();
      this.served.delete(news.router);
    }
    // Routers that it gave back are taken at once.
    if (news.what === 'gone') this.wake();
  }
}
