import type {
  Counter,
  LoopState,
  Loss,
  ObservationTimes,
  Reading,
  SessionCounter,
  UsageEntry,
  UsageGap,
} from './loop-state';
import {
  isOurs,
  queueOwner,
  readUserComment,
  type ActiveSession,
  type HotspotUser,
  type SimpleQueue,
} from '../network/network';
import type { Recent } from './period-use';
import { NO_SESSIONS, type SessionCount } from './session-count';
import { weigh, type Weighed } from './weigh';
import type { ShopCalendar } from '../shop/shop-calendar';
import type { BoostWindow } from '../plans/plan';
import { total, type Mac, type Rates } from '../units';
import type { Session, Voucher } from '../vouchers/voucher';

export interface Accounts {
  /** Readings that are new, or continue under another queue, session or router boot. */
  readings: Reading[];
  /** Readings that only grew: nearly all of them. */
  moved: Reading[];
  usage: UsageEntry[];
  /** Online time to add, by code; only for vouchers that sell it. */
  uptime: Map<string, number>;
  gaps: UsageGap[];
  /** Counters of hotspot sessions that are new or grew, and devices whose sessions ended. */
  sessions?: Pick<SessionCount, 'seen' | 'gone'>;
  /** Devices whose usage is from now on taken from the other counter. */
  switches?: CounterSwitch[];
}

/** A queue proved not to count, or counts again. */
export interface CounterSwitch {
  mac: Mac;
  code: string;
  to: 'session' | 'queue';
  /** Taken from the session in this round. */
  bytes: number;
}

/**
 * Turns counters into usage: the bytes each of our queues counted since its last reading go to the session
 * that was running on the device then. Pure; the caller stores readings and usage together or not at all.
 * @param sessions what no queue counted
 */
export function account(
  state: LoopState,
  queues: readonly SimpleQueue[],
  active: readonly ActiveSession[],
  times: ObservationTimes,
  calendar: ShopCalendar,
  sessions: SessionCount = NO_SESSIONS,
): Accounts {
  const accounts: Accounts = { readings: [], moved: [], usage: [], uptime: new Map(), gaps: [] };
  const free = new FreeHours(times, calendar);
  const online = new Map(active.map((session) => [session.mac, session]));
  const holders = holdersOf(state.sessions);
  const after = counters(state, { sessions });
  const weighed = new Map<Mac, SessionCounter>();
  for (const [mac, queue] of countingQueues(state, queues)) {
    const last = state.readings.get(mac);
    const holder = last ?? holders.get(mac);
    // A queue of a device we do not know: the diff removes it, and nobody is billed.
    if (!holder) continue;
    const strange = sessions.strange.get(queue.id);
    const counter = after.get(mac);
    const seen = { mac, queue, last, holder, online: online.get(mac), counter, strange };
    const next = accountDevice(accounts, seen, state, times, free);
    if (next && next !== counter) weighed.set(mac, next);
  }
  const { gone } = sessions;
  const seen = [...sessions.seen.filter(({ mac }) => !weighed.has(mac)), ...weighed.values()];
  if (seen.length > 0 || gone.length > 0) accounts.sessions = { seen, gone };
  for (const { code, mac, bytes } of sessions.usage) {
    const freeBytes = free.of(total(bytes), state.vouchers.get(code));
    addUsage(accounts, { code, mac, bytes, freeBytes });
  }
  return accounts;
}

/** A device that moved used some bytes before, by its queue, and some after, by its session: merge the two. */
function addUsage(accounts: Accounts, entry: UsageEntry): void {
  const { usage } = accounts;
  const at = usage.findIndex(({ code, mac }) => code === entry.code && mac === entry.mac);
  const other = usage[at];
  if (!other) {
    usage.push(entry);
    return;
  }
  const bytes = { up: other.bytes.up + entry.bytes.up, down: other.bytes.down + entry.bytes.down };
  usage[at] = { ...other, bytes, freeBytes: other.freeBytes + entry.freeBytes };
}

/** The queue that counts each device. Of duplicates, the one read last, or its bytes would be billed twice. */
function countingQueues(state: LoopState, queues: readonly SimpleQueue[]): Map<Mac, SimpleQueue> {
  const counting = new Map<Mac, SimpleQueue>();
  for (const queue of queues) {
    const mac = queue.dynamic || !isOurs(queue) ? undefined : queueOwner(queue);
    if (!mac) continue;
    const isDouble = counting.has(mac) && state.readings.get(mac)?.counter.queueId !== queue.id;
    if (!isDouble) counting.set(mac, queue);
  }
  return counting;
}

interface Counted {
  mac: Mac;
  queue: SimpleQueue;
  last: Reading | undefined;
  holder: Pick<Reading, 'sessionId' | 'code'>;
  online: ActiveSession | undefined;
  /** Of its hotspot session, after this round's `countSessions`. */
  counter: SessionCounter | undefined;
  /** Bytes in this queue that belong to another device. */
  strange: Rates | undefined;
}

/** @returns where the counter of its session is now */
function accountDevice(
  accounts: Accounts,
  seen: Counted,
  state: LoopState,
  times: ObservationTimes,
  free: FreeHours,
): SessionCounter | undefined {
  const { mac, queue, last, holder, strange } = seen;
  const counter = { queueId: queue.id, boot: times.boot, bytes: queue.bytes };
  const counted = countSince(last?.counter, counter);
  const weighed = weigh({
    was: state.sessionCounters.get(mac),
    now: seen.counter,
    heard: last?.heard ?? null,
    queued: strange ? less(counted.bytes, strange) : counted.bytes,
    isLost: counted.loss !== undefined,
    online: seen.online,
    times,
  });
  if (counted.loss && last && !weighed.isWhole) {
    const from = times.previousAt ?? times.at;
    accounts.gaps.push({ mac, code: last.code, reason: counted.loss, from, to: times.at });
  }
  // Session ids restart with the router.
  const known = last?.counter.boot === times.boot ? last : undefined;
  const uptime = countUptime(state.vouchers.get(holder.code), known, seen.online, holder.code);
  addWeighed(accounts, weighed, seen, (bytes, code) => free.of(bytes, state.vouchers.get(code)));
  if (uptime.addedMs > 0) addUptime(accounts, holder.code, uptime.addedMs);
  const reading: Reading = {
    mac,
    sessionId: holder.sessionId,
    code: holder.code,
    counter,
    activeId: uptime.activeId,
    uptimeMs: uptime.uptimeMs,
    heard: weighed.heard,
  };
  if (!last || !goesOn(last, reading)) accounts.readings.push(reading);
  else if (hasMoved(last, reading)) accounts.moved.push(reading);
  return weighed.counter;
}

function addWeighed(
  accounts: Accounts,
  { bytes, by, switchedTo: to }: Weighed,
  { mac, holder, online }: Counted,
  freeOf: (bytes: number, code: string) => number,
): void {
  // The session's bytes belong to who is logged in; in the books' view that may follow in this very round.
  const code = by === 'session' && online ? online.user : holder.code;
  const sum = total(bytes);
  if (sum > 0) accounts.usage.push({ code, mac, bytes, freeBytes: freeOf(sum, code) });
  if (!to) return;
  accounts.switches ??= [];
  accounts.switches.push({ mac, code, to, bytes: sum });
}

/** What a counter shows since its last reading. */
export interface ReadSince {
  /** Bytes to add to the usage; never negative. */
  bytes: Rates;
  /** Set when the bytes between the last round and the loss cannot be known. */
  loss: Loss | undefined;
}

/**
 * Bytes between two rounds. A counter that fell, or whose queue or router boot is new, restarted at zero: its
 * value is the usage. Both directions restart together.
 */
export function countSince(last: Counter | undefined, seen: Counter): ReadSince {
  if (!last) return { bytes: seen.bytes, loss: undefined };
  const loss = lossBetween(last, seen);
  if (loss) return { bytes: seen.bytes, loss };
  return {
    bytes: { up: seen.bytes.up - last.bytes.up, down: seen.bytes.down - last.bytes.down },
    loss: undefined,
  };
}

/**
 * Whether the queues' counters are those of the last readings, grown: a restart sets all of them to zero, and
 * one at least is then below its last reading. Nothing is known where none had counted anything.
 */
export function wentOn(readings: LoopState['readings'], queues: readonly SimpleQueue[]): boolean {
  const counters = new Map([...readings.values()].map(({ counter }) => [counter.queueId, counter]));
  const pairs = queues.flatMap(({ id, bytes }) => {
    const last = counters.get(id);
    return last && total(last.bytes) > 0 ? [{ last: last.bytes, bytes }] : [];
  });
  return (
    pairs.length > 0 &&
    pairs.every(({ last, bytes }) => bytes.up >= last.up && bytes.down >= last.down)
  );
}

function lossBetween(last: Counter, seen: Counter): Loss | undefined {
  if (seen.boot !== last.boot) return 'router restarted';
  if (seen.queueId !== last.queueId) return 'queue made anew';
  if (seen.bytes.up < last.bytes.up || seen.bytes.down < last.bytes.down) return 'counters reset';
  return undefined;
}

function less(bytes: Rates, strange: Rates): Rates {
  return { up: Math.max(0, bytes.up - strange.up), down: Math.max(0, bytes.down - strange.down) };
}

/**
 * How many bytes since the last round are free. A round runs when a free window opens or closes, so it is
 * usually all or none. Where no round ran, they are spread evenly, rounded in the customer's favor.
 */
class FreeHours {
  private readonly shares = new Map<BoostWindow, number>();

  constructor(
    private readonly times: ObservationTimes,
    private readonly calendar: ShopCalendar,
  ) {}

  of(bytes: number, voucher: Voucher | undefined): number {
    const window = voucher?.terms.window;
    if (!window?.unlimited) return 0;
    let share = this.shares.get(window);
    if (share === undefined) {
      const { previousAt, at } = this.times;
      share = this.calendar.openShare(window, previousAt ?? at, at);
      this.shares.set(window, share);
    }
    return Math.ceil(bytes * share);
  }
}

/** Online time is kept only where a plan sells it: it grows every second, and would be written every round. */
function countUptime(
  voucher: Voucher | undefined,
  last: Reading | undefined,
  online: ActiveSession | undefined,
  code: string,
): { addedMs: number; activeId: string | null; uptimeMs: number } {
  const budgeted = voucher && voucher.terms.uptimeSeconds !== null;
  if (!budgeted || online?.user !== code) {
    return { addedMs: 0, activeId: last?.activeId ?? null, uptimeMs: last?.uptimeMs ?? 0 };
  }
  const before = last?.activeId ? { activeId: last.activeId, uptimeMs: last.uptimeMs } : undefined;
  const seen = { activeId: online.id, uptimeMs: online.uptimeMs };
  return { addedMs: uptimeSince(before, seen), ...seen };
}

/** A hotspot session's uptime at one round; sessions start at zero. */
export interface UptimeReading {
  activeId: string;
  uptimeMs: number;
}

/** Online milliseconds between two rounds, by the same rule as bytes. */
export function uptimeSince(last: UptimeReading | undefined, seen: UptimeReading): number {
  const runsOn = last && last.activeId === seen.activeId && seen.uptimeMs >= last.uptimeMs;
  return runsOn ? seen.uptimeMs - last.uptimeMs : seen.uptimeMs;
}

/**
 * Online time the router stored with its users between rounds: sessions that began and ended in that time.
 * Not every version is known to include a running session in it; it never counts too much, so the greater of
 * its count and ours is right.
 */
export function catchUpUptime(
  state: LoopState,
  accounts: Accounts,
  users: readonly HotspotUser[],
): void {
  for (const user of users) {
    const voucher = state.vouchers.get(user.name);
    if (!voucher || voucher.terms.uptimeSeconds === null || !isOurs(user)) continue;
    const counted = voucher.usedUptimeMs + (accounts.uptime.get(user.name) ?? 0);
    const stored = readUserComment(user.comment).base.uptimeMs + user.uptimeMs;
    if (stored > counted) addUptime(accounts, user.name, stored - counted);
  }
}

function addUptime(accounts: Accounts, code: string, ms: number): void {
  accounts.uptime.set(code, (accounts.uptime.get(code) ?? 0) + ms);
}

/** The session that gets a device's first bytes: the one we put on the router. */
function holdersOf(sessions: readonly Session[]): Map<Mac, Pick<Reading, 'sessionId' | 'code'>> {
  const holders = new Map<Mac, Pick<Reading, 'sessionId' | 'code'>>();
  for (const session of sessions) {
    if (!session.onRouter && holders.has(session.mac)) continue;
    holders.set(session.mac, { sessionId: session.id, code: session.code });
  }
  return holders;
}

function goesOn(last: Reading, seen: Reading): boolean {
  return (
    last.counter.queueId === seen.counter.queueId &&
    last.counter.boot === seen.counter.boot &&
    last.activeId === seen.activeId
  );
}

function hasMoved(last: Reading, seen: Reading): boolean {
  return (
    last.counter.bytes.up !== seen.counter.bytes.up ||
    last.counter.bytes.down !== seen.counter.bytes.down ||
    last.uptimeMs !== seen.uptimeMs ||
    last.heard?.up !== seen.heard?.up ||
    last.heard?.down !== seen.heard?.down
  );
}

/** How much of this usage counts, to find the period it belongs to. */
export function recentUse(
  { usage }: Pick<Accounts, 'usage'>,
  { previousAt }: ObservationTimes,
): Recent {
  const bytes = new Map<string, number>();
  for (const { code, bytes: added, freeBytes } of usage) {
    bytes.set(code, (bytes.get(code) ?? 0) + total(added) - freeBytes);
  }
  return { since: previousAt, bytes };
}

/** The state with this usage added: totals grown, readings updated. */
export function post(state: LoopState, accounts: Accounts): LoopState {
  const readings = new Map(state.readings);
  for (const reading of accounts.moved) readings.set(reading.mac, reading);
  for (const reading of accounts.readings) readings.set(reading.mac, reading);
  const vouchers = new Map(state.vouchers);
  for (const { code, bytes, freeBytes } of accounts.usage) {
    const voucher = vouchers.get(code);
    if (!voucher) continue;
    const used = { up: voucher.used.up + bytes.up, down: voucher.used.down + bytes.down };
    vouchers.set(code, { ...voucher, used, freeBytes: voucher.freeBytes + freeBytes });
  }
  for (const [code, ms] of accounts.uptime) {
    const voucher = vouchers.get(code);
    if (voucher) vouchers.set(code, { ...voucher, usedUptimeMs: voucher.usedUptimeMs + ms });
  }
  return { ...state, readings, vouchers, sessionCounters: counters(state, accounts) };
}

function counters(
  { sessionCounters }: LoopState,
  { sessions }: Pick<Accounts, 'sessions'>,
): LoopState['sessionCounters'] {
  if (!sessions) return sessionCounters;
  const next = new Map(sessionCounters);
  for (const counter of sessions.seen) next.set(counter.mac, counter);
  for (const mac of sessions.gone) next.delete(mac);
  return next;
}
