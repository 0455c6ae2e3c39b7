import {
  leftBehind,
  sessionsThatCount,
  unsureUntil,
  type AskedFrom,
} from '../network/changed-addresses';
import { isOurs, presences, type ActualNetwork } from '../network/network';
import { soonest } from '../policy/policy';
import type { ShopCalendar } from '../shop/shop-calendar';
import type { Mac } from '../units';
import { account, catchUpUptime, post, recentUse, type Accounts } from './accounting';
import { entitleDevices } from './device-entitlement';
import { entitle, type Entitlement } from './entitlement';
import type { LoopState, ObservationTimes } from './loop-state';
import { countSessions } from './session-count';
import { moveHeld, shiftClocks, type HeldTime, type Shifted } from './time/shop-clock';

/** What a round saw of the whole router, or of some devices. */
export interface Observation {
  network: ActualNetwork;
  times: ObservationTimes;
  /** The devices observed, and where their customers ask from; if unset, all were. */
  askedFrom?: AskedFrom;
  /** How far our clock was set since the previous round, ms. */
  jumpMs: number;
  /** Our clock was held until this round. */
  held?: HeldTime | undefined;
  /** See `DecisionContext`. */
  mayGetTime: boolean;
  /** See `DecisionContext`. */
  refused: ReadonlySet<string>;
}

/** Time given back for an outage; already applied to the vouchers in the state. */
export interface TimeGiven {
  state: LoopState;
}

/** Gives time back for outages. @param onlineMs online time this round added, by code */
export type GiveTime<T extends TimeGiven> = (
  state: LoopState,
  onlineMs: ReadonlyMap<string, number>,
) => T;

export interface Assessment<T extends TimeGiven = TimeGiven> {
  /** As observed, with clocks corrected. */
  before: LoopState;
  accounts: Accounts;
  /** With the usage and the credit applied; `entitlement` holds the other changes. */
  state: LoopState;
  entitlement: Entitlement;
  shifted?: Shifted;
  given?: T | undefined;
}

/**
 * From observed to desired: clocks are corrected, counters become usage, time lost in outages is given back,
 * and each device's access is decided. Pure.
 */
export function assess<T extends TimeGiven>(
  opened: LoopState,
  { network: seen, times, askedFrom, jumpMs, held, mayGetTime, refused }: Observation,
  calendar: ShopCalendar,
  giveTime?: GiveTime<T>,
): Assessment<T> {
  const network = withSessionsThatCount(seen, opened, askedFrom);
  // A jump moves everything, what began while the clock was held as well.
  const shifted =
    jumpMs !== 0 ? shiftClocks(opened, jumpMs, times) : held && moveHeld(opened, held);
  const before = shifted?.state ?? opened;
  const accounts = count(before, network, times, calendar, askedFrom);
  const counted = post(before, accounts);
  // Before any voucher's time is found to be over, and including what was counted while nobody could use it.
  const given = giveTime?.(counted, accounts.uptime);
  const state = given?.state ?? counted;
  const left = leftBehind(network, askedFrom);
  // The router's count is what matters; a session that a device left behind does not let it in.
  const present = presences({
    hosts: network.hosts.filter((host) => !left.hosts.has(host)),
    active: network.active.filter((session) => !left.sessions.has(session)),
  });
  const context = { mayGetTime, recent: recentUse(accounts, times), refused };
  const decided = askedFrom
    ? entitleDevices(new Set(askedFrom.keys()), state, present, times.at, calendar, context)
    : entitle(state, present, times.at, calendar, context);
  const reviewAt = soonest([decided.reviewAt, unsureUntil(left, times.at)]);
  const entitlement = { ...decided, reviewAt };
  return { before, accounts, state, entitlement, ...(shifted && { shifted }), given };
}

function withSessionsThatCount(
  network: ActualNetwork,
  { sessions }: LoopState,
  askedFrom: AskedFrom | undefined,
): ActualNetwork {
  const rows = network.users.filter(isOurs).map(({ name }) => name);
  const codes = new Set<string>([...rows, ...sessions.map(({ code }) => code)]);
  const active = sessionsThatCount(network, (user) => codes.has(user), askedFrom);
  return { ...network, active };
}

/** @param only the devices observed; for the others nothing is known to be over */
function count(
  state: LoopState,
  { queues, users, ...here }: ActualNetwork,
  times: ObservationTimes,
  calendar: ShopCalendar,
  only: { has(mac: Mac): boolean } | undefined,
): Accounts {
  const present = presences(here);
  const isLookedAt = (mac: Mac) => only === undefined || only.has(mac);
  const sessions = countSessions(state, queues, present, times, isLookedAt);
  const active = [...present.values()].flatMap((one) => one.active ?? []);
  const accounts = account(state, queues, active, times, calendar, sessions);
  catchUpUptime(state, accounts, users);
  return accounts;
}
