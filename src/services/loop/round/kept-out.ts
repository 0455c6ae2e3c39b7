import { DAY_MS } from '../../../clock';
import { isForeign } from '../../../domain/network/diff';
import { isBlocked, type IpBinding } from '../../../domain/network/ip-bindings';
import type { ActualNetwork, HotspotHost } from '../../../domain/network/network';
import type { AlertCause, AlertKind } from '../../../domain/notices/event';
import type { Mac } from '../../../domain/units';
import { inTheWay } from './reconcile-report';
import type { Round } from './round-types';
import type { RefusedLogin } from './refused-logins';

export const NAME_TAKEN: AlertKind = 'name taken';
export const REFUSED: AlertKind = 'login refused';

/** Of a reason nobody knows: who did not come back for so long does not need help any more. */
const REMEMBERED_MS = DAY_MS;

interface Kept extends AlertCause {
  kind: AlertKind;
  /** The one that was typed, where the alert is not about all codes of the phone. */
  code?: string;
  /** The name of a code that another user of the hotspot has. */
  taken?: string;
  /** Whether it still is so, as a whole round sees it. */
  isStill: (now: Whole) => boolean;
}

/** What a whole round sees of those who were kept out before. */
interface Whole {
  network: ActualNetwork;
  /** `undefined` where the router does not show them. */
  bindings: readonly IpBinding[] | undefined;
  /** Codes that somebody may still use. */
  isLive: (code: string) => boolean;
  elapsedMs: number;
}

/**
 * Customers whom the router keeps out for what somebody has to change first. A code that let nobody in is as good
 * as new, so nothing in the books tells of it a moment later: it is kept here until it is over, for the owner.
 */
export class KeptOut {
  private readonly kept = new Map<string, Kept>();

  /** The ip-bindings tell whether some of it is over. */
  get isAboutBindings(): boolean {
    return [...this.kept.values()].some(({ kind, code }) => kind === REFUSED && code === undefined);
  }

  /** Codes whose names other users of the hotspot have. */
  get takenNames(): string[] {
    return [...this.kept.values()].flatMap(({ taken }) => taken ?? []);
  }

  forget(): void {
    this.kept.clear();
  }

  /** Of a round of any kind. @returns what it found */
  note(round: Round, isWhole: boolean, elapsedMs: number): Kept[] {
    for (const { mac } of round.applied.letIn) this.kept.delete(`${REFUSED} ${mac}`);
    const { blocked, stuck } = round.refusals;
    const found = blocked.map((login) => blockedPhone(login, hostOf(round, login.mac)));
    // Of a code that runs the round of everybody tells.
    if (!isWhole) {
      const { network } = round.sight;
      const names = new Set(network.users.filter(isForeign).map(({ name }) => name));
      const codes = round.desired.users.map(({ code }) => code).filter((code) => names.has(code));
      found.push(...[...new Set(codes)].map(takenName));
      const fresh = stuck.filter((login) => isFresh(round, login));
      found.push(...fresh.map((login) => unexplained(login, elapsedMs)));
    }
    for (const one of found) this.kept.set(`${one.kind} ${one.subject}`, one);
    return found;
  }

  /** Whether what is kept tells of this as well. */
  tellsOf({ mac, code }: RefusedLogin): boolean {
    const one = this.kept.get(`${REFUSED} ${mac}`);
    return one !== undefined && [undefined, code].includes(one.code);
  }

  /** What was found before this program began, by the alerts that stand. */
  recall(alerts: readonly Pick<AlertCause, 'kind' | 'subject'>[], { users, hosts }: ActualNetwork) {
    const open = new Set(alerts.map(({ kind, subject }) => `${kind} ${subject}`));
    const names = users.filter(isForeign).map(({ name }) => takenName(name));
    const phones = hosts.map((host) => blockedPhone({ mac: host.mac, code: '' }, host));
    for (const one of [...names, ...phones]) {
      const key = `${one.kind} ${one.subject}`;
      if (open.has(key)) this.kept.set(key, one);
    }
  }

  /** What still is so. */
  left(now: Whole): Kept[] {
    for (const [key, one] of this.kept) if (!one.isStill(now)) this.kept.delete(key);
    return [...this.kept.values()];
  }
}

/** Its time did not begin. */
function isFresh({ outcome }: Round, { mac, code }: RefusedLogin): boolean {
  return outcome.recorded.sessions.some(
    (one) => one.mac === mac && one.code === code && one.state === 'pending',
  );
}

function hostOf({ sight }: Round, mac: Mac): HotspotHost | undefined {
  return sight.network.hosts.find((host) => host.mac === mac);
}

function takenName(name: string): Kept {
  const subject = `hotspot user "${name}"`;
  return {
    ...{ kind: NAME_TAKEN, subject, message: inTheWay([subject]), taken: name },
    isStill: ({ network, isLive }) =>
      isLive(name) && network.users.some((user) => user.name === name && isForeign(user)),
  };
}

function blockedPhone({ mac }: Pick<RefusedLogin, 'mac' | 'code'>, seen?: HotspotHost): Kept {
  return {
    ...{ kind: REFUSED, subject: mac, message: blockedText(mac) },
    isStill: ({ network, bindings }) => {
      const host = network.hosts.find((one) => one.mac === mac) ?? seen;
      return !bindings || !host || isBlocked(host, bindings);
    },
  };
}

/** What the owner reads, and staff who let somebody in. */
export function blockedText(mac: Mac): string {
  return `The router keeps out the phone ${mac}: an entry of the type "blocked" under IP > Hotspot > IP Bindings is for it. Its code was not used up. Remove that entry in WinBox, or leave it if it is there on purpose.`;
}

function unexplained({ mac, code, said }: RefusedLogin, sinceMs: number): Kept {
  const words = said === '' ? 'gave no reason' : `said: ${said}`;
  return {
    kind: REFUSED,
    subject: mac,
    code,
    message: `The router let nobody in on the phone ${mac} with the code ${code}; it ${words}. The code was not used. If it happens again, look at the hotspot on the router.`,
    isStill: ({ network, elapsedMs }) =>
      elapsedMs - sinceMs < REMEMBERED_MS && !network.active.some((one) => one.mac === mac),
  };
}
