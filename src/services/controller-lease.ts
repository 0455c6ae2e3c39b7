import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../clock';
import { RouterUnreachable } from '../errors';
import type { Lease, RouterRecord, RouterStore } from '../store/router-store';

/** How often a process that waits for another one's pass looks whether it is done. */
const LOOK_MS = 200;
const PATIENCE_MS = 60_000;

/**
 * The right to write on a router: one process has it at a time, so that the server and a command beside
 * it are never both the controller. Whoever does not have it can ask the holder for a pass.
 */
export class ControllerLease {
  private readonly holder = randomUUID();

  constructor(
    private readonly routers: RouterStore,
    readonly routerId: number,
    private readonly clock: Clock,
    /** How long the right lasts unless renewed; every pass renews it. */
    private readonly leaseMs: number,
  ) {}

  /** Takes or renews the lease; false while another living process has it. */
  async take(record: RouterRecord): Promise<boolean> {
    const now = this.clock.now();
    const lease: Lease = {
      holder: this.holder,
      host: hostname(),
      pid: process.pid,
      until: new Date(now.getTime() + this.leaseMs),
    };
    const dead = record.lease && !isAlive(record.lease) ? record.lease.holder : null;
    return this.routers.takeLease(this.routerId, lease, now, dead);
  }

  async drop(): Promise<void> {
    await this.routers.dropLease(this.routerId, this.holder);
  }

  /** Whether another living process is the controller now. */
  async isElsewhere(): Promise<boolean> {
    return this.isHeldElsewhere(await this.routers.get(this.routerId));
  }

  private isHeldElsewhere({ lease }: RouterRecord): boolean {
    if (!lease || lease.holder === this.holder || !isAlive(lease)) return false;
    return lease.until > this.clock.now();
  }

  /**
   * Asks the controlling process for a pass and waits for its report.
   * @returns `undefined` when that process gave the lease up instead, as a command does once it is done
   * @throws RouterUnreachable when nothing comes
   */
  async ask(confirm: boolean): Promise<string | undefined> {
    const ticket = await this.routers.ask(this.routerId, confirm);
    const patience = this.clock.elapsedMs() + PATIENCE_MS;
    while (this.clock.elapsedMs() < patience) {
      const record = await this.routers.get(this.routerId);
      if (record.served >= ticket && record.report) return record.report;
      if (!this.isHeldElsewhere(record)) return undefined;
      await this.clock.wait(LOOK_MS);
    }
    throw new RouterUnreachable(
      'The running server did not make a pass within a minute; see its log',
    );
  }
}

/** A holder on this very computer whose process is gone died without a word; its lease is free. */
function isAlive(lease: Lease): boolean {
  if (lease.host !== hostname()) return true;
  try {
    process.kill(lease.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
