import { readDuration } from '../../routeros/api/values';
import type { Personality } from '../engine/personality';
import type { Switches } from '../engine/faults';
import { LICENSED_USERS, licenseOf } from '../engine/router-kinds';
import { ANY_MAC } from '../engine/property';
import { Refusal } from '../engine/refusals';
import type { HotspotUser, Session, SessionState, Station } from './states';
import type { Entry, Values } from '../engine/table';
import { referenced, serverAt, type Tables } from './tables';

/** Bytes a session may still use; `Infinity` without a limit. */
export interface ByteRoom {
  up: number;
  down: number;
  total: number;
}

/** Who may log in on a device, with the router's refusals. */
export class Admission {
  constructor(
    private readonly tables: Tables,
    private readonly personality: Personality,
    private readonly switches: Pick<Switches, 'licenseLevel'>,
  ) {}

  /** The user with this name. A disabled one, or one of another server, counts as unknown. */
  findUser(name: string, station: Station): HotspotUser {
    const { users, servers } = this.tables;
    const server = serverAt(this.tables, station.interface);
    const fitting = users.named(name).filter((user) => {
      const own = referenced(servers, user.values['server']);
      return !user.flag('disabled') && !user.flag('default') && (!own || own === server);
    });
    const user = fitting.find(({ values }) => values['server'] !== 'all') ?? fitting[0];
    if (!user) throw this.personality.refuseLogin('unknown-user', name);
    return user;
  }

  /** @throws Refusal */
  check(user: HotspotUser, station: Station): void {
    const { name, values, state } = user;
    const { personality } = this;
    if (!isPlain(station)) throw this.notPlain(station);
    this.checkMac(user, station);
    if (state.uptimeMs >= limitOf(values['limit-uptime'])) {
      throw personality.refuseLogin('uptime-limit', name);
    }
    if (isUsedUp(roomOf(user))) throw personality.refuseLogin('traffic-limit', name);
    this.checkLicense(station);
    const shared = this.profileOf(user)?.values['shared-users'] ?? '1';
    const others = this.sessionsOf(user).filter((session) => session !== station.session);
    if (shared !== 'unlimited' && others.length >= Number(shared)) {
      throw personality.refuseLogin('user-session-limit', name);
    }
  }

  private notPlain({ host, address }: Station): Refusal {
    const isUnknown = host?.flag('blocked') && this.personality.has('blockedIsUnknown');
    return new Refusal(isUnknown ? `unknown host IP ${address}` : 'host is not subject to login');
  }

  /** @throws Refusal */
  private checkLicense(station: Station): void {
    const { nlevel } = licenseOf(this.personality.machine);
    const level = this.switches.licenseLevel ?? nlevel ?? '';
    const most = LICENSED_USERS[level] ?? Infinity;
    const others = [...this.tables.active].filter((session) => session !== station.session);
    if (others.length >= most) throw new Refusal(`session limit reached (${most})`);
  }

  /** @throws Refusal */
  checkMac({ name, values }: HotspotUser, { mac }: Station): void {
    if ([undefined, ANY_MAC, mac].includes(values['mac-address'])) return;
    throw this.personality.refuseLogin('invalid-mac', name);
  }

  profileOf(user: HotspotUser): Entry | undefined {
    return referenced<undefined>(this.tables.userProfiles, user.values['profile']);
  }

  private sessionsOf(user: HotspotUser): Session[] {
    return this.tables.active.named(user.name).filter(({ state }) => state.user === user);
  }
}

/** Neither let through without login nor blocked. */
export function isPlain({ host }: Station): boolean {
  return host !== undefined && !host.flag('bypassed') && !host.flag('blocked');
}

/** Zero, `none` and absent mean no limit. */
export function limitOf(duration: string | undefined): number {
  return readDuration(duration) || Infinity;
}

/** What a session that begins at this time may have: what is left of its user's limits. */
export function grantOf(
  user: HotspotUser,
  profile: Values,
  startedAt: number,
): Pick<SessionState, 'endsAt' | 'limits'> {
  const uptimeLeft = limitOf(user.values['limit-uptime']) - user.state.uptimeMs;
  return {
    endsAt: startedAt + Math.min(uptimeLeft, limitOf(profile['session-timeout'])),
    limits: roomOf(user),
  };
}

/** What is left of a user's totals. */
function roomOf({ values, state: { bytes } }: HotspotUser): ByteRoom {
  const left = (name: string, used: number) => {
    const limit = Number(values[name] ?? 0);
    return limit === 0 ? Infinity : limit - used;
  };
  return {
    up: left('limit-bytes-in', bytes.up),
    down: left('limit-bytes-out', bytes.down),
    total: left('limit-bytes-total', bytes.up + bytes.down),
  };
}

/** What is left of a session's share. */
export function roomIn({ limits, bytes }: SessionState): ByteRoom {
  return {
    up: limits.up - bytes.up,
    down: limits.down - bytes.down,
    total: limits.total - bytes.up - bytes.down,
  };
}

export function isUsedUp({ up, down, total }: ByteRoom): boolean {
  return Math.min(up, down, total) <= 0;
}
