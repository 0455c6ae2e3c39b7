import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import type { Clock } from '../../clock';
import { RouterUnreachable } from '../../errors';
import type { Lease, RouterRecord, RouterStore } from '../../store/router/router-store';
import type { Peers } from './sharing/peers';

/** How often a process waiting for another one's round checks whether it is done. */
const CHECK_MS = 200;
const TIMEOUT_MS = 60_000;

/** The lease expired and another process took it; the present round may write nothing more. */
export class LeaseLost extends RouterUnreachable {}

/**
 * The right to write to a router. One process has it at a time, so the server and a command beside it are
 * never both the controller. A process without it can ask the holder for a round.
 */
export class ControllerLease {
  /** Another one each time the lease is taken: what a former holder still wants to write is refused. */
  holder: string = randomUUID();
  /** When it was last known to be ours, by the monotonic clock. */
  private oursMs = -Infinity;

  constructor(
    private readonly routers: RouterStore,
    readonly routerId: number,
    private readonly clock: Clock,
    /** How long the lease lasts unless renewed; every round renews it. */
    private readonly leaseMs: number,
    /** Programs that share the routers with this one; without them the first who takes a lease keeps it. */
    private readonly peers?: Peers,
  ) {}

  /** Whether we have it for long enough: every write of a round renews it anyway. */
  isFresh({ lease }: RouterRecord): boolean {
    if (lease?.holder !== this.holder) return false;
    return lease.until.getTime() - this.clock.now().getTime() > this.leaseMs / 2;
  }

  /**
   * Takes or renews the lease; false while another living process has it.
   * @param isUrgent somebody waits: a free router is taken even if it is another program's share
   */
  async take(record: RouterRecord, isUrgent = true): Promise<boolean> {
    if (this.isOwn(record) && (await this.renew(this.routers))) return true;
    const dead = record.lease && this.isDead(record.lease) ? record.lease.holder : null;
    if (this.peers) {
      if (record.lease && dead === null) return false;
      if (!isUrgent && !this.peers.isForUs(this.routerId)) return false;
    }
    const atMs = this.clock.elapsedMs();
    const next = this.own(randomUUID());
    if (!(await this.routers.takeLease(this.routerId, next, this.clock.now(), dead))) return false;
    LIVE_HOLDERS.delete(this.holder);
    LIVE_HOLDERS.add(next.holder);
    this.holder = next.holder;
    this.oursMs = atMs;
    return true;
  }

  /**
   * Renews the lease inside the transaction that writes what the loop found: nobody else can take it until
   * that is stored.
   * @throws LeaseLost when a round took so long that another process is now the controller
   */
  async keep(routers: RouterStore): Promise<void> {
    if (await this.renew(routers)) return;
    throw new LeaseLost('Another program took over the router in the middle of a round');
  }

  /**
   * Before each write to the router. A program that was held up for a while asks the books first whether the
   * router is still its own.
   * @throws LeaseLost when it is not
   */
  async mayWrite(): Promise<void> {
    if (this.clock.elapsedMs() - this.oursMs >= this.leaseMs / 2) await this.keep(this.routers);
  }

  /** Whether it is ours and was not renewed for this long. */
  isDue(afterMs: number): boolean {
    return LIVE_HOLDERS.has(this.holder) && this.clock.elapsedMs() - this.oursMs >= afterMs;
  }

  /** It was renewed together with others. @param atMs when that began, by the monotonic clock */
  renewedAt(atMs: number): void {
    this.oursMs = Math.max(this.oursMs, atMs);
  }

  private async renew(routers: RouterStore): Promise<boolean> {
    const atMs = this.clock.elapsedMs();
    if (!(await routers.renewLease(this.routerId, this.own()))) return false;
    this.oursMs = atMs;
    return true;
  }

  async drop(): Promise<void> {
    LIVE_HOLDERS.delete(this.holder);
    await this.routers.dropLease(this.routerId, this.holder);
  }

  /** Whether this object held the lease when the record was read. */
  isOwn({ lease }: RouterRecord): boolean {
    return lease?.holder === this.holder;
  }

  private own(holder = this.holder): Lease {
    return {
      holder,
      host: THIS_COMPUTER,
      pid: process.pid,
      until: new Date(this.clock.now().getTime() + this.leaseMs),
    };
  }

  /** Whether another living process is the controller now. */
  async isElsewhere(): Promise<boolean> {
    return this.isHeldElsewhere(await this.routers.get(this.routerId));
  }

  private isHeldElsewhere({ lease }: RouterRecord): boolean {
    if (!lease || lease.holder === this.holder || this.isDead(lease)) return false;
    return this.peers !== undefined || lease.until > this.clock.now();
  }

  /**
   * Whether its holder is known not to live any more, so that it need not expire first. On a database server
   * only the lease tells: two containers may have the same host name, boot and process number.
   */
  isDead(lease: Lease): boolean {
    if (!this.routers.isOnServer && !isAlive(lease)) return true;
    return this.peers?.isStale(this.routerId, lease) ?? false;
  }

  /**
   * Asks the controlling process for a round and waits for its report.
   * @returns `undefined` if that process gave up the lease instead, as a command does when it is done
   * @throws RouterUnreachable when no report comes
   */
  async ask(confirm: boolean): Promise<string | undefined> {
    const ticket = await this.routers.ask(this.routerId, confirm);
    this.peers?.nudge(this.routerId);
    const deadlineMs = this.clock.elapsedMs() + TIMEOUT_MS;
    while (this.clock.elapsedMs() < deadlineMs) {
      const served = this.peers?.nextServed(this.routerId);
      const record = await this.routers.get(this.routerId);
      if (record.served >= ticket && record.report) return record.report;
      if (!this.isHeldElsewhere(record)) return undefined;
      await this.clock.wait(CHECK_MS, served);
    }
    throw new RouterUnreachable(
      'The running server did not finish a round within a minute; see its log',
    );
  }
}

/** What this process holds; its process number alone may also have been an earlier process's. */
const LIVE_HOLDERS = new Set<string>();

/**
 * Name and current boot of this computer, and which one it is where the system knows: process numbers
 * repeat after a power cut, and two computers on one PostgreSQL may both be called "raspberrypi". Each
 * container has process numbers of its own, so the namespace they are from belongs to it.
 */
const THIS_COMPUTER = [hostname(), bootId(), ...machineId(), ...processNamespace()].join(' ');

/** If the holder ran on this computer and its process is gone, it crashed and its lease is free. */
export function isAlive(lease: Lease): boolean {
  if (!isOfThisComputer(lease)) return true;
  if (!isHere(lease)) return false;
  if (!hasOurNumbers(lease)) return true;
  if (lease.pid === process.pid) return LIVE_HOLDERS.has(lease.holder);
  try {
    process.kill(lease.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the holder is a process of this computer, since its last boot. */
export function isHere(lease: Lease): boolean {
  return isOfThisComputer(lease) && bootOf(lease) === bootOf({ host: THIS_COMPUTER });
}

/**
 * Whether the holder ran in an earlier boot of this computer and never gave the lease back: the power failed,
 * or someone pulled the plug.
 */
export function endedWithComputer({ lease }: RouterRecord): boolean {
  return lease !== null && isOfThisComputer(lease) && !isHere(lease);
}

function isOfThisComputer({ host }: Pick<Lease, 'host'>): boolean {
  const [name, , ...more] = host.split(' ');
  const machine = more.find((one) => !isNamespace(one));
  const [id] = machineId();
  return name === hostname() && (machine === undefined || id === undefined || machine === id);
}

function bootOf({ host }: Pick<Lease, 'host'>): string | undefined {
  return host.split(' ')[1];
}

/** Whether its process number means the same to us; only Linux tells. */
function hasOurNumbers({ host }: Pick<Lease, 'host'>): boolean {
  const theirs = host.split(' ').find(isNamespace);
  const [ours] = processNamespace();
  return theirs === undefined || ours === undefined || theirs === ours;
}

function isNamespace(part: string): boolean {
  return part.startsWith('pid:');
}

/** Such as `pid:[4026531836]`; only Linux has them. */
function processNamespace(): string[] {
  try {
    return [readlinkSync('/proc/self/ns/pid')];
  } catch {
    return [];
  }
}

/** Made when the system was installed; none in many containers. */
function machineId(): string[] {
  try {
    return [readFileSync('/etc/machine-id', 'utf8').trim()].filter((id) => id !== '');
  } catch {
    return [];
  }
}

/** Linux has an id for each boot; elsewhere the second it booted is good enough. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return String(Math.round(Date.now() / 1000 - uptime()));
  }
}
