import { leftBehind, unsureUntil } from '../network/whereabouts';
import { presences, type ActualNetwork } from '../network/network';
import { soonest } from '../policy/policy';
import type { ShopCalendar } from '../shop/shop-calendar';
import type { Mac } from '../units';
import { account, catchUpUptime, post, recentUse, type Accounts } from './accounting';
import { entitleDevice } from './device-entitlement';
import { entitle, type Entitlement } from './entitlement';
import type { LoopState, ObservationTimes } from './loop-state';
import { countSessions } from './session-count';
import { shiftClocks, type Shifted } from './time/shop-clock';

/** What a round saw, of the whole router or of one device. */
export interface Observation {
  network: ActualNetwork;
  times: ObservationTimes;
  /** The one device that was looked at, and the address its customer asks from; without it, all were. */
  device?: { mac: Mac; address: string };
  /** By how much our clock was set since the round before, ms. */
  jumpMs: number;
  /** See `DecisionContext`. */
  mayGetTime: boolean;
  /** See `DecisionContext`. */
  refused: ReadonlySet<string>;
}

/** Time given back for an outage; the vouchers are part of the state already. */
export interface TimeGiven {
  state: LoopState;
}

/** Gives time back for outages. @param onlineMs time online that this round added, by code */
export type GiveTime<T extends TimeGiven> = (
  state: LoopState,
  onlineMs: ReadonlyMap<string, number>,
) => T;

export interface Assessment<T extends TimeGiven = TimeGiven> {
  /** As it was found, with clocks set right. */
  before: LoopState;
  accounts: Accounts;
  /** With the usage and what was given back; `entitlement` tells what changes besides. */
  state: LoopState;
  entitlement: Entitlement;
  shifted?: Shifted;
  given?: T | undefined;
}

/**
 * From what was seen to what should be: clocks are set right, counters become usage, time lost in outages is
 * given back, and everybody's right to be online is decided. Pure.
 */
export function assess<T extends TimeGiven>(
  opened: LoopState,
  { network, times, device, jumpMs, mayGetTime, refused }: Observation,
  calendar: ShopCalendar,
  giveTime?: GiveTime<T>,
): Assessment<T> {
  const shifted = jumpMs === 0 ? undefined : shiftClocks(opened, jumpMs);
  const before = shifted?.state ?? opened;
  const accounts = count(before, network, times, calendar, device?.mac);
  const counted = post(before, accounts);
  // Before anybody's time is found to be over, and with what was counted while nobody could use it.
  const given = giveTime?.(counted, accounts.uptime);
  const state = given?.state ?? counted;
  const left = leftBehind(network, device?.address);
  // Counted is what the router counts; a device that left a session behind is not in by it.
  const present = presences({
    hosts: network.hosts.filter((host) => !left.hosts.has(host)),
    active: network.active.filter((session) => !left.sessions.has(session)),
  });
  const context = { mayGetTime, recent: recentUse(accounts, times), refused };
  const decided = device
    ? entitleDevice(device.mac, state, present, times.at, calendar, context)
    : entitle(state, present, times.at, calendar, context);
  const reviewAt = soonest([decided.reviewAt, unsureUntil(left, times.at)]);
  const entitlement = { ...decided, reviewAt };
  return { before, accounts, state, entitlement, ...(shifted && { shifted }), given };
}

/** @param only the one device that was looked at; of the others nothing is known to be over */
function count(
  state: LoopState,
  { queues, users, ...here }: ActualNetwork,
  times: ObservationTimes,
  calendar: ShopCalendar,
  only: Mac | undefined,
): Accounts {
  const present = presences(here);
  const isLookedAt = (mac: Mac) => only === undefined || mac === only;
  const sessions = countSessions(state, queues, present, times, isLookedAt);
  const active = [...present.values()].flatMap((one) => one.active ?? []);
  const accounts = account(state, queues, active, times, calendar, sessions);
  catchUpUptime(state, accounts, users);
  return accounts;
}
