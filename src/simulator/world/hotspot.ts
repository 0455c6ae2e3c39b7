import type { DynamicQueues } from './dynamic-queues';
import type { Switches } from '../engine/faults';
import { Admission, grantOf, isPlain, isUsedUp, limitOf, roomIn } from './hotspot-admission';
import { ANY_MAC } from '../engine/property';
import { Refusal, RefusedLogin } from '../engine/refusals';
import type { Personality } from '../engine/personality';
import type { RouterLog } from '../engine/router-log';
import { Station, type HotspotUser, type SessionState } from './states';
import type { Entry, Values } from '../engine/table';
import { referenced, serverAt, type Tables } from './tables';
import type { Traffic } from './traffic';

/** What ends a session, as the router's log says it. */
type Cause =
  | 'admin reset'
  | 'keepalive timeout'
  | 'idle timeout'
  | 'session timeout'
  | 'traffic limit'
  | 'host left'
  | 'new login';

/** Every few minutes, by reports. */
const ARP_LASTS_MS = 3 * 60_000;

/** After these the router also forgets the device's cookie: it has to log in again by hand. */
const FORGETTING: readonly Cause[] = ['admin reset', 'session timeout', 'traffic limit'];

/** Who is on the network, who is logged in, and what ends a session by itself. */
export class Hotspot {
  /** Nothing happens by itself before this time; it may be too early, never too late. */
  nextDueAt = Infinity;
  /** What devices left behind at earlier addresses: host row and session, until they time out. */
  private readonly leftovers = new Map<Station, Entry<Station>>();
  /** Checked in the next step of time: their host is new, or their session has ended. */
  private readonly restless = new Set<Station>();
  private readonly admission: Admission;

  constructor(
    private readonly tables: Tables,
    private readonly traffic: Traffic,
    private readonly queues: DynamicQueues,
    private readonly now: () => number,
    private readonly log: RouterLog,
    private readonly switches: Pick<Switches, 'loginChecks' | 'licenseLevel'>,
    private readonly personality: Personality,
  ) {
    this.admission = new Admission(tables, personality, switches);
  }

  /** The device is on the network (again) and will be noticed with its next packet. */
  awaken(station: Station): void {
    this.restless.add(station);
  }

  /** New hosts appear, and those with a cookie are logged in by the router itself. */
  noticeDevices(): void {
    const stations = [...this.restless];
    this.restless.clear();
    for (const station of stations) {
      if (!station.present) continue;
      if (!station.host) this.appear(station);
      if (!station.session) this.loginByCookie(station);
    }
  }

  /** `/ip/hotspot/active/login`. @throws Refusal with the router's text */
  login(ip: string, mac: string | undefined, name: string, password: string): void {
    const station = this.stationFor(ip);
    if (!station) throw new Refusal(`unknown host IP ${ip}`);
    if (mac !== undefined && mac !== station.mac) throw new Refusal('wrong MAC provided');
    if (this.personality.has('loginNeedsPap') && !this.loginBy(station, 'http-pap')) {
      throw new Refusal('invalid username or password');
    }
    this.logIn(station, name, password);
  }

  /**
   * What the router does with the form of its own login page. Whether the browser does CHAP or PAP makes
   * no difference. @throws Refusal with the router's text
   */
  loginAtPage(station: Station, name: string, password: string): void {
    if (!station.present || !station.host) throw new Refusal('the router does not hear the device');
    if (!this.loginBy(station, 'http-pap') && !this.loginBy(station, 'http-chap')) {
      throw new Refusal('invalid username or password');
    }
    this.logIn(station, name, password);
  }

  /** Which of the two addresses of a translated host is asked for is not known. */
  private stationFor(ip: string): Station | undefined {
    const seen = this.tables.stationAt.get(ip);
    if (this.personality.has('loginByToAddress')) return seen;
    if (seen?.address === ip) return seen;
    return [...this.tables.hosts].find(({ values }) => values['address'] === ip)?.state.station;
  }

  private logIn(station: Station, name: string, password: string): void {
    try {
      const user = this.admission.findUser(name, station);
      if (this.switches.loginChecks === 'mac-first') this.admission.checkMac(user, station);
      if (passwordOf(user) !== password) {
        throw this.personality.refuseLogin('wrong-password', name);
      }
      // The same user again is a fresh session; somebody else has to be logged out first.
      if (station.session && station.session.state.user !== user) {
        throw this.personality.refuseLogin('auth-in-progress', name);
      }
      this.admission.check(user, station);
      this.logout(station, 'new login');
      this.begin(user, station, 'http-pap');
    } catch (error) {
      const reason = error instanceof RefusedLogin ? error.logged : (error as Error).message;
      const who = `${name} (${station.address})`;
      this.log.write('hotspot,info,debug', `${who}: login failed: ${reason}`);
      throw error;
    }
  }

  logout(station: Station, cause: Cause): void {
    const { session } = station;
    if (!session) return;
    this.traffic.count(station);
    this.close(station, session.state);
    if (session.state.queue) this.queues.remove(session.state.queue);
    if (FORGETTING.includes(cause)) this.forget(station.mac);
    this.traffic.rematch(station);
    this.restless.add(station);
    const who = `${session.values['user']} (${station.address})`;
    this.log.write('hotspot,account,info,debug', `${who}: logged out: ${cause}`);
  }

  /** The host row goes, with its session; a device still there is noticed again. */
  dropHost(station: Station): void {
    if (!station.host) return;
    this.logout(station, 'host left');
    this.tables.hosts.remove(station.host);
    this.tables.stationAt.delete(station.host.values['to-address']!);
    station.host = undefined;
    this.traffic.rematch(station);
    this.restless.add(station);
    const leftover = this.leftovers.get(station);
    if (leftover) this.tables.stations.remove(leftover);
    this.leftovers.delete(station);
  }

  /** The device moves to another address without the router noticing yet. */
  leaveBehind(station: Station): void {
    const { host, session, mac, address, toAddress } = station;
    if (!host) return;
    this.traffic.count(station);
    const left = new Station(mac, address, station.hostName, this.now());
    left.translated = station.translated;
    left.interface = station.interface;
    left.leftAt = this.now();
    left.host = host;
    left.session = session;
    host.state.station = left;
    if (session) session.state.station = left;
    station.host = undefined;
    station.session = undefined;
    this.tables.stationAt.set(toAddress, left);
    const values = {
      name: `${mac} left ${address}`,
      'mac-address': mac,
      address,
      present: 'false',
    };
    this.leftovers.set(left, this.tables.stations.add(values, left));
    this.traffic.rematch(station, left);
  }

  /** Bindings were edited: hosts may have become free, blocked or ordinary. */
  applyBindings(): void {
    for (const { state } of this.tables.stations) {
      if (!state.host) continue;
      this.bind(state, state.host.values);
      if (!isPlain(state)) this.logout(state, 'admin reset');
      this.traffic.rematch(state);
    }
  }

  /** A user's limits were edited. */
  applyUser(user: HotspotUser): void {
    if (!this.personality.has('limitsReachSessions')) return;
    for (const { state } of this.tables.active.named(user.name)) {
      if (state.user !== user) continue;
      this.traffic.count(state.station);
      const profile = this.admission.profileOf(user)?.values ?? {};
      Object.assign(state, grantOf(user, profile, state.startedAt));
      this.schedule(state.station);
    }
  }

  /** The hotspot servers or their profiles were edited. */
  applyServers(): void {
    this.queues.followServers();
  }

  /** The servers start over: their hosts go, and with them who is logged in. */
  restartServers(): void {
    for (const { state } of this.tables.stations) this.dropHost(state);
  }

  /** What ends sessions by themselves was changed. */
  reschedule(): void {
    for (const { state } of this.tables.stations) this.schedule(state);
  }

  /** The hotspot throws away what DHCP added for a device, and takes it for gone. */
  private losesArp(): boolean {
    const { bridges, dhcpServers } = this.tables;
    return (
      this.personality.has('hotspotDropsArp') &&
      [...bridges].some(({ values }) => values['arp'] === 'reply-only') &&
      [...dhcpServers].some((server) => server.flag('add-arp') && !server.flag('disabled'))
    );
  }

  /** Clears what a reboot clears. Unless `stored`, what running sessions used is lost. */
  reset(stored: boolean): void {
    this.traffic.countAll();
    for (const { state } of this.tables.stations) {
      if (state.session) this.close(state, state.session.state, stored);
      this.dropHost(state);
    }
    if (!stored && this.personality.has('powerCutClearsUsers')) {
      for (const { state } of this.tables.users) {
        Object.assign(state, { uptimeMs: 0, bytes: { up: 0, down: 0 } });
      }
    }
    this.queues.rebuild();
  }

  /** Computes when something will happen to the device by itself. */
  schedule(station: Station): void {
    station.dueAt = this.dueAt(station);
    this.nextDueAt = Math.min(this.nextDueAt, station.dueAt);
  }

  /** Does what is due by now. */
  handleDue(): void {
    for (const { state } of this.tables.stations) {
      if (state.dueAt <= this.now()) this.expire(state);
    }
    this.nextDueAt = Infinity;
    for (const { state } of this.tables.stations) {
      this.nextDueAt = Math.min(this.nextDueAt, state.dueAt);
    }
  }

  /** True when a byte limit was reached and the session ended with it. */
  cutWhenUsedUp(station: Station): boolean {
    if (!station.session || !isUsedUp(roomIn(station.session.state))) return false;
    this.logout(station, 'traffic limit');
    return true;
  }

  private dueAt(station: Station): number {
    const { session, host, flow } = station;
    if (!session) {
      const timeout = serverAt(this.tables, station.interface)?.values['idle-timeout'];
      return station.present || !host ? Infinity : station.leftAt + limitOf(timeout);
    }
    const { state } = session;
    const { up, down } = flow.rate;
    const room = roomIn(state);
    return Math.min(
      state.endsAt,
      station.present ? Infinity : station.leftAt + state.keepaliveTimeoutMs,
      this.losesArp() ? state.startedAt + ARP_LASTS_MS : Infinity,
      up + down > 0 ? Infinity : state.lastTrafficAt + state.idleTimeoutMs,
      up > 0 ? flow.since + (room.up * 8000) / up : Infinity,
      down > 0 ? flow.since + (room.down * 8000) / down : Infinity,
      up + down > 0 ? flow.since + (room.total * 8000) / (up + down) : Infinity,
    );
  }

  private expire(station: Station): void {
    this.traffic.count(station);
    if (!station.session) return this.dropHost(station);
    const { state } = station.session;
    const now = this.now();
    this.passLastBytes(station, state);
    if (this.cutWhenUsedUp(station)) return;
    if (now >= state.endsAt) return this.logout(station, 'session timeout');
    const isLost = this.losesArp() && now >= state.startedAt + ARP_LASTS_MS;
    if (isLost || (!station.present && now >= station.leftAt + state.keepaliveTimeoutMs)) {
      this.logout(station, 'keepalive timeout');
      return this.dropHost(station);
    }
    if (now >= state.lastTrafficAt + state.idleTimeoutMs)
      return this.logout(station, 'idle timeout');
    this.schedule(station);
  }

  /** Whole bytes are counted, so at a limit one or two may still wait in the flow. */
  private passLastBytes(station: Station, state: SessionState): void {
    const { up, down, total } = roomIn(state);
    const { rate } = station.flow;
    const last = (room: number, flowing: number) => (flowing > 0 && room <= 2 ? room : 0);
    this.traffic.pass(station, {
      up: last(Math.min(up, total), rate.up),
      down: last(Math.min(down, total), rate.down),
    });
  }

  private appear(station: Station): void {
    const { tables } = this;
    const former = tables.stationAt.get(station.toAddress);
    if (former) this.dropHost(former);
    const { mac, address, toAddress } = station;
    const values = { 'mac-address': mac, address, 'to-address': toAddress };
    this.bind(station, values);
    const state = { station, since: this.now(), bytes: { up: 0, down: 0 } };
    station.host = tables.hosts.add(values, state);
    tables.stationAt.set(toAddress, station);
    this.traffic.rematch(station);
  }

  private bind(station: Station, host: Values): void {
    const server = serverAt(this.tables, station.interface)?.id;
    const binding = [...this.tables.bindings].find(
      ({ values }) =>
        values['disabled'] !== 'true' &&
        [undefined, 'all', server].includes(values['server']) &&
        [undefined, ANY_MAC, station.mac].includes(values['mac-address']) &&
        [undefined, station.address].includes(values['address']),
    );
    host['bypassed'] = String(binding?.values['type'] === 'bypassed');
    host['blocked'] = String(binding?.values['type'] === 'blocked');
  }

  private loginByCookie(station: Station): void {
    const [cookie] = this.tables.cookies.named(station.mac);
    if (!cookie || !this.loginBy(station, 'mac-cookie') || !isPlain(station)) return;
    try {
      if (cookie.state.expiresAt <= this.now()) throw new Refusal('cookie expired');
      const user = this.admission.findUser(cookie.values['user']!, station);
      if (passwordOf(user) !== cookie.state.password) {
        throw new Refusal('invalid username or password');
      }
      this.admission.check(user, station);
      this.begin(user, station, 'mac-cookie');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.forget(station.mac);
    }
  }

  private begin(user: HotspotUser, station: Station, how: string): void {
    const now = this.now();
    const profile = this.admission.profileOf(user)?.values ?? {};
    const state: SessionState = {
      station,
      user,
      startedAt: now,
      ...grantOf(user, profile, now),
      idleTimeoutMs: limitOf(profile['idle-timeout']),
      keepaliveTimeoutMs: limitOf(profile['keepalive-timeout']),
      bytes: { up: 0, down: 0 },
      lastTrafficAt: now,
      queue: undefined,
    };
    // `name` is for the table's index; the menu shows it as `user`.
    const values = { name: user.name, user: user.name, 'login-by': how };
    station.session = this.tables.active.add(values, state);
    state.queue = this.queues.forSession(user.name, station.toAddress, profile);
    if (profile['add-mac-cookie'] === 'true' && this.loginBy(station, 'mac-cookie')) {
      this.remember(station.mac, user, limitOf(profile['mac-cookie-timeout']));
    }
    this.traffic.rematch(station);
    const who = `${user.name} (${station.address})`;
    this.log.write('hotspot,info,debug', `${who}: trying to log in by ${how}`);
    this.log.write('hotspot,account,info,debug', `${who}: logged in`);
  }

  private close(station: Station, state: SessionState, stored = true): void {
    this.tables.active.remove(station.session!);
    station.session = undefined;
    if (!stored) return;
    const { user, startedAt, endsAt, bytes } = state;
    user.state.uptimeMs += Math.min(this.now(), endsAt) - startedAt;
    user.state.bytes.up += bytes.up;
    user.state.bytes.down += bytes.down;
  }

  private remember(mac: string, user: HotspotUser, lifetimeMs: number): void {
    this.forget(mac);
    const state = { expiresAt: this.now() + lifetimeMs, password: passwordOf(user) };
    this.tables.cookies.add({ name: mac, user: user.name }, state);
  }

  private forget(mac: string): void {
    for (const cookie of [...this.tables.cookies.named(mac)]) this.tables.cookies.remove(cookie);
  }

  private loginBy(station: Station, method: string): boolean {
    const server = serverAt(this.tables, station.interface);
    const profile = referenced(this.tables.serverProfiles, server?.values['profile']);
    return profile?.values['login-by']?.split(',').includes(method) ?? false;
  }
}

function passwordOf({ values }: HotspotUser): string {
  return values['password'] ?? '';
}
