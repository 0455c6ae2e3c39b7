import type { LoopState } from './loop-state';
import { entitle, type DecisionContext, type Entitlement } from './entitlement';
import type { Presence } from '../network/network';
import type { ShopCalendar } from '../shop/shop-calendar';
import type { Mac } from '../units';
import type { Session } from '../vouchers/voucher';

/**
 * What `entitle` decides for some devices. Others on their vouchers affect them, so they are decided too, but
 * they were not observed: their changes wait for the next round.
 * @param state with this round's usage
 */
export function entitleDevices(
  macs: ReadonlySet<Mac>,
  state: LoopState,
  present: ReadonlyMap<Mac, Presence>,
  now: Date,
  calendar: ShopCalendar,
  context: DecisionContext = {},
): Entitlement {
  const sessions = connectedSessions(state.sessions, macs);
  const whole = entitle({ ...state, sessions }, present, now, calendar, context);
  const isOwn = (one: { mac: Mac }) => macs.has(one.mac);
  const held = sessions.filter(isOwn);
  const own = new Set(held.map(({ id }) => id));
  const codes = new Set(held.map(({ code }) => code));
  return {
    ...whole,
    desired: {
      ...whole.desired,
      // User rows of other vouchers were not read either, and would count as missing.
      users: whole.desired.users.filter(({ code }) => codes.has(code)),
      devices: whole.desired.devices.filter(isOwn),
      lines: [],
    },
    departures: whole.departures.filter(isOwn),
    sessions: whole.sessions.filter(({ id }) => own.has(id)),
    readings: whole.readings.filter(isOwn),
    speeds: {
      changes: whole.speeds.changes.filter(isOwn),
      over: whole.speeds.over.filter((one) => macs.has(one)),
    },
  };
}

/** Sessions that can affect these devices': their own, those of others on their vouchers, and so on. */
function connectedSessions(sessions: readonly Session[], of: ReadonlySet<Mac>): Session[] {
  const macs = new Set(of);
  const codes = new Set<string>();
  for (let size = 0; size !== macs.size + codes.size;) {
    size = macs.size + codes.size;
    for (const session of sessions) {
      if (!macs.has(session.mac) && !codes.has(session.code)) continue;
      macs.add(session.mac);
      codes.add(session.code);
    }
  }
  return sessions.filter((session) => codes.has(session.code));
}
