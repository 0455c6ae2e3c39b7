import type { UpDown } from '../../routeros/api/values';
import { MatchIndex, type Target } from '../engine/match-index';
import type { Entry } from '../engine/table';

/** The interface the customers come in by, where none is named, and the one to the Internet. */
export const CUSTOMER_INTERFACE = 'bridge-hotspot';
export const UPLINK_INTERFACE = 'ether1';

/** The simulator's state of rows beyond their values, if more than one part needs it. */

export interface QueueState {
  /** Bytes that went through, this queue's children included. */
  readonly bytes: UpDown;
  maxLimit: UpDown;
  limitAt: UpDown;
  /** 1 goes first, 8 last. */
  priority: UpDown;
  targets: readonly Target[];
  /** The index the queue is in; `undefined` while it is disabled or invalid. */
  index: MatchIndex<Queue> | undefined;
  readonly children: MatchIndex<Queue>;
  readonly flows: Set<Station>;
}
export type Queue = Entry<QueueState>;

export function newQueueState(): QueueState {
  return {
    bytes: { up: 0, down: 0 },
    maxLimit: { up: 0, down: 0 },
    limitAt: { up: 0, down: 0 },
    priority: { up: 8, down: 8 },
    targets: [],
    index: undefined,
    children: new MatchIndex(),
    flows: new Set(),
  };
}

export interface UserState {
  /** Totals over the sessions that have ended. */
  uptimeMs: number;
  bytes: UpDown;
}
export type HotspotUser = Entry<UserState>;

/** One login. All limits are what was left when it began; whether later changes count is a belief. */
export interface SessionState {
  station: Station;
  readonly user: HotspotUser;
  readonly startedAt: number;
  endsAt: number;
  limits: { up: number; down: number; total: number };
  readonly idleTimeoutMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly bytes: UpDown;
  lastTrafficAt: number;
  queue: Queue | undefined;
}
export type Session = Entry<SessionState>;

/** Lets a device in again without typing: the name and password it logged in with. */
export interface CookieState {
  readonly expiresAt: number;
  readonly password: string;
}

export interface HostState {
  station: Station;
  readonly since: number;
  readonly bytes: UpDown;
}
export type Host = Entry<HostState>;

/** Traffic of one device as it flows right now. */
export interface Flow {
  /** Bits a second, after shaping. */
  readonly rate: UpDown;
  /** Bytes are counted up to this time; the parts of a byte wait in `carry`. */
  since: number;
  readonly carry: UpDown;
  /** The queue that catches the device and its parents, innermost first; empty when none does. */
  chain: readonly Queue[];
}

/** A device on the customers' network: the router sees of it what its tables show. */
export class Station {
  present = false;
  leftAt = 0;
  host: Host | undefined;
  session: Session | undefined;
  offered: UpDown = { up: 0, down: 0 };
  /** The one it comes in by. */
  interface: string = CUSTOMER_INTERFACE;
  /** It called by PPPoE: there is no hotspot on its interface. */
  isCaller = false;
  /** What the hotspot translates its address to; `undefined` where it leaves the address as it is. */
  translated: string | undefined;
  /** Every byte that ever flowed, counted by the router or not. */
  readonly counted: UpDown = { up: 0, down: 0 };
  readonly flow: Flow;
  /** When something will happen to the device by itself. */
  dueAt = Infinity;

  constructor(
    readonly mac: string,
    /** The one it uses itself. */
    public address: string,
    public hostName: string,
    now: number,
  ) {
    this.flow = { rate: { up: 0, down: 0 }, since: now, carry: { up: 0, down: 0 }, chain: [] };
  }

  /** The address that queues, the firewall and everything behind the router see. */
  get toAddress(): string {
    return this.translated ?? this.address;
  }

  /** Traffic passes: the device is there, and is logged in or needs no login. */
  get open(): boolean {
    if (this.isCaller) return this.present;
    if (!this.present || !this.host) return false;
    return this.session !== undefined || this.host.flag('bypassed');
  }
}
