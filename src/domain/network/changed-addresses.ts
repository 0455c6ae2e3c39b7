import { isAt, type ActiveSession, type ActualNetwork, type HotspotHost } from './network';
import type { Mac } from '../units';

/** A phone that is present sends something every few seconds, even when idle. */
const SILENT_MS = 3_000;
/**
 * Working devices may pause this long; one that was here before must be silent for longer to count as
 * gone.
 */
const LONG_SILENT_MS = 30_000;

/** The addresses from which customers ask who wait for an answer, by device. */
export type AskedFrom = ReadonlyMap<Mac, string>;

const NOBODY_ASKS: AskedFrom = new Map();

/**
 * Sessions that tell where our devices are. A phone may also have one as another program's user at another
 * address: at another hotspot server, or where it was before. That does not count beside one of ours, nor for
 * a customer who asks from elsewhere.
 * @param askedFrom see `leftBehind`
 */
export function sessionsThatCount(
  { active, hosts }: Pick<ActualNetwork, 'active' | 'hosts'>,
  isOurs: (user: string) => boolean,
  askedFrom: AskedFrom = NOBODY_ASKS,
): ActiveSession[] {
  const ours = new Set(active.filter(({ user }) => isOurs(user)).map(({ mac }) => mac));
  const asking = new Map(
    hosts
      .filter(({ mac, address }) => askedFrom.get(mac) === address)
      .map((host) => [host.mac, host]),
  );
  const asksElsewhere = ({ mac, address }: ActiveSession) => {
    const host = asking.get(mac);
    return host !== undefined && !isAt(host, address);
  };
  const isBeside = (session: ActiveSession) => ours.has(session.mac) || asksElsewhere(session);
  return active.filter((session) => isOurs(session.user) || !isBeside(session));
}

/** What devices left behind at addresses they no longer use. */
export interface LeftBehind {
  sessions: ReadonlySet<ActiveSession>;
  hosts: ReadonlySet<HotspotHost>;
  /** Some may turn out to have moved, once they have been silent long enough. */
  isUnsure: boolean;
}

/**
 * The router ends the session of a phone that changed its address only after the keepalive timeout, and
 * until then lets it in nowhere else. Told by the router's own facts, since one MAC may have two
 * addresses that both work, as behind a repeater:
 * - the address a person asks from is where the device is;
 * - a session is left behind when nothing was heard from it since another address of the MAC appeared;
 * - or when it is silent for long, fails the router's own probes, and an earlier address speaks again.
 * Pure. If the router does not tell times, only the first rule applies. The queue of a device that moved is
 * changed by `difference`; a device with a new MAC is the matter of `claimSlot` (vouchers/device-claim.ts).
 * @param askedFrom those who wait for an answer, by the host table
 */
export function leftBehind(
  { active, hosts }: Pick<ActualNetwork, 'active' | 'hosts'>,
  askedFrom: AskedFrom = NOBODY_ASKS,
): LeftBehind {
  const sessions = new Set<ActiveSession>();
  const left = new Set<HotspotHost>();
  let isUnsure = false;
  const hostsOf = byMac(hosts);
  for (const session of active) {
    const rows = hostsOf.get(session.mac) ?? [];
    const others = rows.filter((row) => !isAt(row, session.address) && !row.bypassed);
    if (others.length === 0) continue;
    const here = rows.find((row) => isAt(row, session.address));
    const asks = others.find(({ mac, address }) => askedFrom.get(mac) === address);
    const isElsewhere = asks !== undefined && !asks.authorized;
    const moves = here ? others.map((other) => hasMoved(here, other)) : [];
    if (isElsewhere || moves.includes('yes')) {
      sessions.add(session);
      if (here) left.add(here);
    } else if (moves.includes('perhaps')) isUnsure = true;
  }
  return { sessions, hosts: left, isUnsure };
}

/** When to look again for those that may have moved. */
export function unsureUntil({ isUnsure }: LeftBehind, now: Date): Date | null {
  return isUnsure ? new Date(now.getTime() + SILENT_MS) : null;
}

function hasMoved(from: HotspotHost, to: HotspotHost): 'yes' | 'no' | 'perhaps' {
  const { idleMs, deadMs } = from;
  if (idleMs === null || to.idleMs === null || to.uptimeMs === null) return 'no';
  if (to.idleMs > idleMs) return 'no';
  const failsProbes = deadMs !== null && deadMs > 0;
  // The router tells whole seconds.
  const isSilentSince = idleMs + 1000 >= to.uptimeMs;
  if (isSilentSince && (failsProbes || idleMs >= SILENT_MS)) return 'yes';
  const isBack = failsProbes && idleMs >= LONG_SILENT_MS && to.idleMs < SILENT_MS;
  if (isBack) return 'yes';
  return isSilentSince ? 'perhaps' : 'no';
}

function byMac(hosts: readonly HotspotHost[]): Map<Mac, HotspotHost[]> {
  const found = new Map<Mac, HotspotHost[]>();
  for (const host of hosts) {
    const rows = found.get(host.mac);
    if (rows) rows.push(host);
    else found.set(host.mac, [host]);
  }
  return found;
}
