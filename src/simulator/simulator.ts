import type { TlsOptions } from 'node:tls';
import { systemClock, type Clock, type Timers } from '../clock';
import { readDuration, readPair, writePair, type UpDown } from '../routeros/api/values';
import { ApiServer } from './api/api-server';
import { NeighborAnswers, type Told } from './api/neighbor-answers';
import type { Drop } from './api/api-session';
import { CommandLog } from './api/command-log';
import { SimulatedDevice } from './device';
import { SimulatedLine } from './line';
import type { Faults } from './engine/faults';
import { TableMenu } from './engine/menu-engine';
import type { Caller } from './engine/menu-spec';
import { policyText } from './menus/account-menus';
import { storeFile } from './menus/file-menu';
import { rateOf } from './world/queue-menu';
import { addHotspots, MORE_PORTS } from './more-hotspots';
import { Personality, type Traits } from './engine/personality';
import { SlowBoard, type SlowBoardOptions } from './engine/slow-board';
import { Refusal } from './engine/refusals';
import { closing, needsEmpty, rowReplies } from './api/replies';
import { Shell } from './menus/shell';
import { Crowd, crowdRows } from './world/crowd';
import { CUSTOMER_INTERFACE, type Queue, type Station } from './world/states';
import type { Entry } from './engine/table';
import { referenced } from './world/tables';
import { seenFrom } from './world/source-nat';
import { World, type RebootOptions } from './world/world';

export type { Drop } from './api/api-session';
export type { RebootOptions } from './world/world';
export { SimulatedDevice } from './device';
export { SimulatedLine } from './line';

export interface SimulatorOptions extends Traits {
  /** 0 takes any free one. */
  port?: number;
  host?: string;
  /** `7.19.4`, `7.19`, `6.49.18`: decides how the router speaks. */
  version?: string;
  username?: string;
  password?: string;
  clock?: Clock;
  /** On which answers take their time, however fast the router's own time passes. */
  line?: Timers;
  /** Simulated seconds for one second of the clock. */
  speed?: number;
  /** With it the simulator is an `api-ssl` service. */
  tls?: TlsOptions;
  serial?: string;
  hotspotServer?: string;
  /** How many queues of others there are, with all that belongs to them; something comes or goes all the time. */
  crowd?: number;
  /** How many hotspot servers there are, each on an interface of its own: 1 to 4. */
  hotspots?: number;
  /** As `/ip/hotspot/setup` leaves a router that was never prepared for this program. */
  bare?: boolean;
  /** A small board, on which commands take their time. */
  slow?: SlowBoardOptions;
  /** The UDP port where it answers who looks for routers, 5678 on real ones; without, it is not found. */
  neighborPort?: number;
}

export interface SimulatedQueue {
  id: string;
  name: string;
  target: string;
  parent: string;
  maxLimit: UpDown;
  limitAt: UpDown;
  bytes: UpDown;
  /** Bits a second, right now. */
  rate: UpDown;
  disabled: boolean;
  dynamic: boolean;
  comment: string | undefined;
}

export interface SimulatedUser {
  id: string;
  name: string;
  password: string;
  profile: string;
  server: string;
  mac: string | undefined;
  comment: string | undefined;
  disabled: boolean;
  limitUptimeMs: number | null;
  limitBytesTotal: number | null;
  /** Of the sessions that have ended. */
  uptimeMs: number;
  bytes: UpDown;
}

export interface SimulatedSession {
  id: string;
  user: string;
  mac: string;
  address: string;
  bytes: UpDown;
  uptimeMs: number;
}

/** Somebody in WinBox with every right. */
const EVERYTHING: Caller = { can: () => true };

/** A router with a hotspot, its customers' devices and their traffic, speaking the API over TCP. */
export class Simulator {
  readonly log = new CommandLog();
  private listeningOn = 0;
  private neighbors: NeighborAnswers | undefined;
  private readonly world: World;
  private readonly shell: Shell;
  private readonly server: ApiServer;
  private readonly handles = new Map<Station, SimulatedDevice>();

  private constructor(private readonly options: SimulatorOptions) {
    const { username = 'admin', password = '', line = systemClock } = options;
    this.world = new World({
      ...{ clock: options.clock ?? systemClock, line },
      speed: options.speed ?? 1,
      personality: new Personality(options.version ?? '7.19.4', options),
      hotspotServer: options.hotspotServer ?? 'hotspot1',
      bridged: MORE_PORTS.slice((options.hotspots ?? 1) - 1),
      serial: options.serial ?? 'HGS09SIMUL8',
      bare: options.bare ?? false,
      board: options.slow && new SlowBoard(options.slow, line),
    });
    this.shell = new Shell(this.world, username, password);
    this.server = new ApiServer(this.world, this.shell, this.log, options.tls);
    this.world.onReboot = () => this.server.drop('rst');
  }

  /** Rejects when the port is taken or the version is invalid. */
  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const simulator = new Simulator(options);
    const { port = 0, host = '127.0.0.1', neighborPort } = options;
    addHotspots((words) => simulator.run(words), (options.hotspots ?? 1) - 1);
    if (options.crowd !== undefined) simulator.gather(options.crowd);
    simulator.listeningOn = await simulator.server.listen(port, host);
    if (neighborPort !== undefined) {
      const tell = () => simulator.toldToNeighbors();
      simulator.neighbors = await NeighborAnswers.listen(neighborPort, host, tell).catch(
        async (error: unknown) => {
          await simulator.stop();
          throw error;
        },
      );
    }
    return simulator;
  }

  get port(): number {
    return this.listeningOn;
  }

  get version(): string {
    return this.world.personality.version;
  }

  get faults(): Faults {
    return this.world.faults;
  }

  /** Closes every socket. */
  stop(): Promise<void> {
    this.neighbors?.close();
    this.neighbors = undefined;
    return this.server.stop();
  }

  private toldToNeighbors(): Told | undefined {
    this.world.advance();
    if (this.world.booting) return undefined;
    const [port] = this.rows('/interface').filter(({ name }) => name === CUSTOMER_INTERFACE);
    const { personality, uptimeMs } = this.world;
    return {
      mac: port!['mac-address']!,
      name: this.rows('/system/identity')[0]!['name']!,
      version: personality.fullVersion,
      uptimeSeconds: Math.floor(uptimeMs / 1000),
      softwareId: 'SIMU-LATD',
      board: personality.boardName,
      interface: CUSTOMER_INTERFACE,
      // RouterOS 6 does not say it.
      ipv4: personality.legacy ? undefined : [127, 0, 0, 1],
    };
  }

  addDevice(device: {
    mac: string;
    address: string;
    hostName?: string;
    offered?: UpDown;
    /** What the hotspot translates the address to, as for a phone with a fixed one. */
    toAddress?: string;
    /** Of the hotspot server it is at; of the first by default. */
    interface?: string;
  }): SimulatedDevice {
    const words = [`=mac-address=${device.mac}`, `=address=${device.address}`];
    if (device.hostName !== undefined) words.push(`=host-name=${device.hostName}`);
    if (device.interface !== undefined) words.push(`=interface=${device.interface}`);
    if (device.toAddress !== undefined) words.push(`=to-address=${device.toAddress}`);
    if (device.offered) words.push(`=offered=${writePair(device.offered)}`);
    this.run(['/simulator/device/add', ...words]);
    return this.handle(this.world.tables.stations.named(device.mac.toUpperCase())[0]!);
  }

  /** A customer's modem that calls by PPPoE. */
  addLine(name: string, password: string, mac = '02:00:00:00:EE:01'): SimulatedLine {
    return new SimulatedLine(this.world, name, password, mac);
  }

  /** Another device behind the same hardware address, as a repeater shows it. */
  addDouble(
    device: SimulatedDevice,
    address: string,
    port: string = CUSTOMER_INTERFACE,
  ): SimulatedDevice {
    const [station] = this.world.tables.stations.named(device.mac);
    const double = this.world.neighborhood.double(station!.state, address, port);
    this.world.advance();
    return new SimulatedDevice(this.world, double, () => {
      throw new Error('a double stays as it is');
    });
  }

  devices(): SimulatedDevice[] {
    this.world.advance();
    return [...this.world.tables.stations].map((station) => this.handle(station));
  }

  /** The queue named `pisonet-MAC`. */
  queueOf(mac: string): SimulatedQueue | undefined {
    this.countTraffic();
    const queue = this.world.tables.queues.named(`pisonet-${mac.toUpperCase()}`)[0];
    return queue && this.toQueue(queue);
  }

  /** In the order of the list. */
  queues(): SimulatedQueue[] {
    this.countTraffic();
    return [...this.world.tables.queues].map((queue) => this.toQueue(queue));
  }

  /** Who may call by PPPoE. */
  secrets(): { name: string; password: string; comment: string | undefined; disabled: boolean }[] {
    this.world.advance();
    return [...this.world.ppp.secrets].map((secret) => ({
      ...{ name: secret.name, password: secret.values['password'] ?? '' },
      ...{ comment: secret.values['comment'], disabled: secret.flag('disabled') },
    }));
  }

  /** Hotspot users, without the built-in one. */
  users(): SimulatedUser[] {
    this.world.advance();
    const { users, userProfiles, servers } = this.world.tables;
    return [...users]
      .filter((user) => !user.flag('default'))
      .map(({ id, name, values, state }) => ({
        id,
        name,
        password: values['password'] ?? '',
        profile: referenced(userProfiles, values['profile'])?.name ?? '',
        server: referenced(servers, values['server'])?.name ?? 'all',
        mac: values['mac-address'],
        comment: values['comment'],
        disabled: values['disabled'] === 'true',
        limitUptimeMs: readDuration(values['limit-uptime']) ?? null,
        limitBytesTotal: values['limit-bytes-total'] ? Number(values['limit-bytes-total']) : null,
        uptimeMs: state.uptimeMs,
        bytes: { ...state.bytes },
      }));
  }

  active(): SimulatedSession[] {
    this.countTraffic();
    return [...this.world.tables.active].map(({ id, name, state }) => ({
      id,
      user: name,
      mac: state.station.mac,
      address: state.station.address,
      bytes: { ...state.bytes },
      uptimeMs: this.world.now - state.startedAt,
    }));
  }

  cookies(): { user: string; mac: string }[] {
    this.world.advance();
    return [...this.world.tables.cookies].map(({ name, values }) => ({
      user: values['user'] ?? '',
      mac: name,
    }));
  }

  hosts(): { mac: string; address: string; authorized: boolean }[] {
    this.world.advance();
    return [...this.world.tables.hosts].map(({ values, state }) => ({
      mac: state.station.mac,
      address: values['address'] ?? '',
      authorized: state.station.session !== undefined,
    }));
  }

  /** Any menu with every property, as print shows it to a user with all rights. */
  rows(menu: string): Record<string, string>[] {
    this.world.advance();
    const found = this.shell.find(menu);
    if (!(found instanceof TableMenu)) throw new Error(`${menu} is not a menu that prints`);
    return found.rows();
  }

  /**
   * The configuration, menu by menu, as an export would contain it: without ids, counters and dynamic
   * rows. Files are not part of it.
   */
  exported(): Record<string, Record<string, string>[]> {
    this.world.advance();
    const found = this.shell.configurations().map((menu) => [menu.path, menu.exported()] as const);
    return Object.fromEntries(found.filter(([, rows]) => rows.length > 0));
  }

  /** Rows of logins that ended long ago, which REST leaves behind for weeks and nobody can remove. */
  addGhosts(name: string): void {
    for (const via of ['api', 'rest-api']) {
      const ghost = { name, address: '', via, group: '' };
      this.world.sessions.add(ghost, { since: this.world.now, close: () => undefined });
    }
  }

  /** A power cut: connections die, counters and sessions are gone, configuration and cookies stay. */
  reboot(options: RebootOptions & { drop?: Drop } = {}): void {
    this.server.drop(options.drop ?? 'rst');
    this.world.reboot(options);
  }

  /** Of the named queue, or of all. */
  resetCounters(queueName?: string): void {
    this.world.advance();
    this.world.resetCounters(queueName);
  }

  /**
   * A command by hand, as in WinBox: every right, no TCP, no faults, not in the log. Returns the reply
   * sentences. @throws Error with the text of the trap
   */
  run(words: string[]): string[][] {
    const { personality } = this.world;
    try {
      const outcome = this.shell.execute(words, EVERYTHING);
      const end = closing(outcome, needsEmpty(outcome, 'by-version', personality));
      return [...rowReplies(outcome), ...end];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const message = personality.trapAttributes(error)['message'];
      throw new Error(`${words[0]}: ${message}`, { cause: error });
    }
  }

  /** A file as somebody uploads it by FTP; folders on the way are made. */
  putFile(name: string, contents: string): void {
    storeFile(this.world, name, contents);
  }

  /** What `/system/package` tells from now on. */
  installPackages(rows: readonly Record<string, string>[]): void {
    const { packages } = this.world.tables;
    for (const row of [...packages]) packages.remove(row);
    for (const values of rows) packages.add({ disabled: 'false', ...values }, undefined);
  }

  /** As on a router that does not have these properties. */
  hideProperties(menu: string, names: readonly string[]): void {
    const found = this.shell.find(menu);
    if (found instanceof TableMenu) found.hide(names);
  }

  /** What the API user's group may do from now on. */
  setPolicies(policies: string[]): void {
    const { routerUsers, groups } = this.world.tables;
    const user = routerUsers.named(this.options.username ?? 'admin')[0];
    const group = referenced(groups, user?.values['group']);
    if (group) group.values['policy'] = policyText(this.world, policies);
  }

  /** The address by which a computer at `destination` sees a device of the Wi-Fi. */
  seenFrom(device: string, destination: string): string {
    return seenFrom(this.world.tables, device, destination);
  }

  dropConnections(how: Drop): void {
    this.server.drop(how);
  }

  private gather(size: number): void {
    for (const words of crowdRows(size)) this.run(words);
    const crowd = new Crowd(this.world);
    this.world.onCommand = () => {
      if (!this.world.booting) crowd.tick();
    };
  }

  private countTraffic(): void {
    this.world.advance();
    this.world.traffic.countAll();
  }

  private handle(station: Entry<Station>): SimulatedDevice {
    const known = this.handles.get(station.state);
    if (known) return known;
    const device = new SimulatedDevice(this.world, station.state, (...words) => {
      this.run(['/simulator/device/set', `=numbers=${station.id}`, ...words]);
    });
    this.handles.set(station.state, device);
    return device;
  }

  private toQueue(queue: Queue): SimulatedQueue {
    const { id, name, values, state } = queue;
    const parent = referenced(this.world.tables.queues, values['parent']);
    return {
      id,
      name,
      target: values['target'] ?? '',
      parent: parent?.name ?? 'none',
      maxLimit: { ...state.maxLimit },
      limitAt: readPair(values['limit-at']) ?? { up: 0, down: 0 },
      bytes: { ...state.bytes },
      rate: rateOf(queue),
      disabled: queue.flag('disabled'),
      dynamic: queue.flag('dynamic'),
      comment: values['comment'],
    };
  }
}
