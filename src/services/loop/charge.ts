import type { Clock } from '../../clock';
import type { Lease, RouterRecord } from '../../store/router/router-store';
import type { Stores } from '../../store/stores';
import { ControllerLease } from './controller-lease';
import { gapAfterMs } from './loop-timer';
import type { Peers } from './sharing/peers';

/** Who is in charge of one router: this program, by its lease, or another one. */
export class Charge {
  private current: ControllerLease | undefined;
  private others: Peers | undefined;

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly options: { address: string; pollMs: number },
  ) {}

  /** From now on other programs share the routers with this one. To be called before the loop runs. */
  join(peers: Peers): void {
    this.others = peers;
    this.current = undefined;
  }

  /** The programs that share the routers with this one, if any do. */
  get peers(): Peers | undefined {
    return this.others;
  }

  async lease(): Promise<ControllerLease> {
    if (this.current) return this.current;
    const record = await this.stores.routers.at(this.options.address);
    const leaseMs = this.others?.leaseMs ?? gapAfterMs(this.options.pollMs);
    // Several may ask at once: all of them work under the same lease.
    this.current ??= new ControllerLease(
      this.stores.routers,
      record.id,
      this.clock,
      leaseMs,
      this.others,
    );
    return this.current;
  }

  /** The router turned out to have another record: the next round takes that one's lease. */
  startAnew(): void {
    this.current = undefined;
  }

  async routerId(): Promise<number> {
    return (await this.lease()).routerId;
  }

  /**
   * The right to write on the router.
   * @param isUrgent see `ControllerLease.take`
   * @param onTaken it was not ours before; `hadIt`: nobody else had it in between
   * @returns its record; `undefined` where another program has that right
   */
  async take(
    isUrgent: boolean,
    onTaken: (record: RouterRecord, hadIt: boolean) => void,
  ): Promise<RouterRecord | undefined> {
    const lease = await this.lease();
    const record = await this.stores.routers.get(lease.routerId);
    if (lease.isFresh(record)) return record;
    if (!(await lease.take(record, isUrgent))) return undefined;
    onTaken(record, lease.isOwn(record));
    return record;
  }

  /** Another program may take the router now. */
  async drop(): Promise<void> {
    await this.current?.drop();
  }

  /** Whether this is the lease that this program has. */
  holds(lease: Lease): boolean {
    return this.current?.holder === lease.holder;
  }

  /** Whether the holder of this lease, as just read, is known not to live any more. */
  isDead(lease: Lease): boolean {
    return this.current?.isDead(lease) ?? false;
  }

  /** The lease, if it is ours and was not renewed for this long. */
  leaseDue(afterMs: number): ControllerLease | undefined {
    return this.current?.isDue(afterMs) ? this.current : undefined;
  }
}
