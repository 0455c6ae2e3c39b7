import type { Clock, Timers } from '../../clock';
import type { UpDown } from '../../routeros/api/values';
import { DynamicQueues } from './dynamic-queues';
import { Faults } from '../engine/faults';
import { Hotspot } from './hotspot';
import { PppServer } from './ppp';
import { queueMenu } from './queue-menu';
import type { TableMenu } from '../engine/menu-engine';
import type { Caller, Policy } from '../engine/menu-spec';
import { Neighborhood } from './neighborhood';
import type { Personality } from '../engine/personality';
import type { SlowBoard } from '../engine/slow-board';
import { RouterLog } from '../engine/router-log';
import type { QueueState, Station } from './states';
import { Table, type Entry } from '../engine/table';
import { createTables, referenced, type Tables } from './tables';
import { Traffic } from './traffic';

/** A router that lost its clock in a power cut starts here. */
const CLOCK_START = Date.UTC(1970, 0, 2);

export interface WorldOptions {
  clock: Clock;
  /** How long answers take is measured on it. */
  line: Timers;
  /** Seconds here for one second of the clock. */
  speed: number;
  personality: Personality;
  hotspotServer: string;
  /** Ports of the customers' bridge. */
  bridged: readonly string[];
  serial: string;
  /** As `/ip/hotspot/setup` leaves a router with the factory's firewall, in each detail. */
  bare: boolean;
  /** Makes commands take their time; without one they take none. */
  board?: SlowBoard | undefined;
}

export interface RebootOptions {
  /** Time until the router answers again. */
  bootMs?: number;
  /** The date is 1970 afterwards, as on boards without a battery. */
  clockLost?: boolean;
  /** Running sessions are saved first; a power cut leaves no time for that. */
  orderly?: boolean;
}

/** An open API connection, as `/user/active` shows it. */
export interface ApiUse {
  readonly since: number;
  /** Bytes heard and said since this was last asked. */
  moved?(): UpDown;
  close(): void;
}

/** What the router remembers of a file beside its name and contents. */
export interface FileState {
  changedAt: number;
}

/** The router and everything around it, without the wire. Time passes only in `advance`. */
export class World {
  readonly personality: Personality;
  readonly faults = new Faults();
  readonly tables: Tables = createTables();
  readonly sessions = new Table<ApiUse>();
  readonly log: RouterLog;
  readonly traffic: Traffic;
  readonly hotspot: Hotspot;
  readonly neighborhood: Neighborhood;
  readonly ppp: PppServer;
  readonly queueMenu: TableMenu<QueueState>;
  /** Milliseconds since 1970 of the simulated time: as fast as `speed` says, and never backwards. */
  now: number;
  /** When the router began to answer; in the future while it boots. */
  bootedAt: number;
  /** Configuration writes since the boot and ever, the flash wear the router reports. */
  readonly writes = { sinceBoot: 0, total: 0 };
  /** Names that phones asked the router for since it started. */
  readonly lookedUp = new Set<string>();
  /** Called before a reboot clears anything, to drop the connections. */
  onReboot: () => void = () => undefined;
  /** Called before each command of a program, for what others do in between. */
  onCommand: () => void = () => undefined;
  private readonly startedAt: number;
  private readonly startedElapsed: number;
  private clockError = 0;

  constructor(readonly options: WorldOptions) {
    this.personality = options.personality;
    this.startedAt = options.clock.now().getTime();
    this.startedElapsed = options.clock.elapsedMs();
    this.now = this.startedAt;
    this.bootedAt = this.startedAt;
    const now = () => this.now;
    this.log = new RouterLog(now);
    const onChange = (station: Station) => this.hotspot.schedule(station);
    const own = () => this.sessionsMoved();
    this.traffic = new Traffic(this.tables, now, onChange, this.personality, own);
    this.queueMenu = queueMenu(this.tables, this.traffic, this.personality);
    const { tables, traffic } = this;
    const queues = new DynamicQueues(tables, traffic, this.queueMenu, this.personality);
    this.hotspot = new Hotspot(
      tables,
      traffic,
      queues,
      now,
      this.log,
      this.faults,
      this.personality,
    );
    this.ppp = new PppServer(tables, traffic, this.log, now);
    this.neighborhood = new Neighborhood(tables, traffic, this.hotspot, this.faults, now);
  }

  get line(): Timers {
    return this.options.line;
  }

  get board(): SlowBoard | undefined {
    return this.options.board;
  }

  get booting(): boolean {
    return this.now < this.bootedAt;
  }

  get uptimeMs(): number {
    return Math.max(0, this.now - this.bootedAt);
  }

  /** The router's own time. */
  get date(): Date {
    return this.dateOf(this.now);
  }

  dateOf(time: number): Date {
    return new Date(time + this.clockError);
  }

  /** Brings everything up to the clock: whatever ended in between ended at its own moment. */
  advance(): void {
    // Not the wall clock: a router does not notice when somebody sets the clock of the server.
    const passed = this.options.clock.elapsedMs() - this.startedElapsed;
    const target = Math.max(this.now, this.startedAt + passed * this.options.speed);
    if (this.booting) {
      this.now = Math.min(target, this.bootedAt);
      if (this.booting) return;
    }
    this.hotspot.noticeDevices();
    while (this.hotspot.nextDueAt <= target) {
      this.now = Math.max(this.now, this.hotspot.nextDueAt);
      this.hotspot.handleDue();
      this.hotspot.noticeDevices();
    }
    this.now = target;
  }

  reboot({ bootMs = 0, clockLost = false, orderly = false }: RebootOptions = {}): void {
    this.advance();
    this.onReboot();
    this.ppp.reset();
    this.hotspot.reset(orderly);
    this.resetCounters();
    if (this.personality.hasFlashFolder) this.forgetFiles();
    this.lookedUp.clear();
    this.log.clear();
    this.writes.sinceBoot = 0;
    this.bootedAt = this.now + bootMs;
    if (clockLost) this.clockError = CLOCK_START - this.bootedAt;
    this.log.write('system,info', 'router rebooted');
  }

  /** Beside the folder `flash` everything is in memory. */
  private forgetFiles(): void {
    const { files } = this.tables;
    for (const file of [...files]) {
      if (file.name !== 'flash' && !file.name.startsWith('flash/')) files.remove(file);
    }
  }

  /** Bytes of a device pass at once, whatever its rate; tells how many the router let through. */
  pass(station: Station, wanted: UpDown): UpDown {
    if (!station.open) return { up: 0, down: 0 };
    this.traffic.count(station);
    const passed = this.traffic.pass(station, wanted);
    if (!this.hotspot.cutWhenUsedUp(station)) this.hotspot.schedule(station);
    return passed;
  }

  /** Of one queue, or of all. */
  resetCounters(queueName?: string): void {
    const { queues } = this.tables;
    this.traffic.countAll();
    for (const { state } of queueName === undefined ? queues : queues.named(queueName)) {
      state.bytes.up = 0;
      state.bytes.down = 0;
    }
  }

  /** What API sessions heard and said since this was last asked, by the address at their other end. */
  private sessionsMoved(): [address: string, bytes: UpDown][] {
    return [...this.sessions].flatMap(({ values, state }) => {
      const bytes = state.moved?.();
      return bytes ? [[values['address'] ?? '', bytes]] : [];
    });
  }

  countWrite(): void {
    this.writes.sinceBoot += 1;
    this.writes.total += 1;
  }

  /** What a router user may do, by the group it is in right now. */
  rightsOf(user: Entry): Caller {
    return {
      can: (policy: Policy) => {
        const group = referenced(this.tables.groups, user.values['group']);
        return group?.values['policy']?.split(',').includes(policy) ?? false;
      },
    };
  }

  /** Whether the board's mode lets the hotspot work: `home` and `basic` do not. */
  get hotspotAllowed(): boolean {
    return this.faults.hotspotFeature ?? this.faults.deviceMode === 'advanced';
  }

  /** Without it the walled garden of pages does nothing; that of addresses works. */
  get proxyAllowed(): boolean {
    return this.faults.proxyFeature ?? this.faults.deviceMode === 'advanced';
  }
}
