import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  BooksUnavailable,
  Conflict,
  DeviceBlocked,
  RouterRefused,
  RouterUnreachable,
  TooManyGuesses,
} from '../errors';
import type { ReconcileReport } from './loop/round/reconcile-report';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How a typed code ended. */
export type RedemptionOutcome =
  'online' | 'not usable' | 'blocked' | 'too many' | 'router' | 'books' | 'error';

/** Read when somebody asks for the figures. */
export interface Gauges {
  /** How many answer. */
  routersUp(): number;
  /** How many there are. */
  routers(): number;
  vouchers(): Promise<Record<string, number>>;
  /** Bytes of all time. */
  usage(): Promise<{ up: number; down: number }>;
  /** By kind. */
  openAlerts(): Promise<readonly { kind: string }[]>;
  /** Undelivered, by channel. */
  notices(): Promise<readonly { channel: string; waiting: number }[]>;
}

/** What this process does, counted for Prometheus. Times are in seconds. See docs/operation.md. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];

  private readonly rounds = new Histogram({
    name: 'pisonet_round_seconds',
    help: 'Time a round of the loop took, by how it ended',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly devices = new Gauge({
    name: 'pisonet_devices_online',
    help: 'Devices that may be online, as of the last round of each router',
    labelNames: ['router'],
    registers: this.registers,
  });
  private readonly writes = new Counter({
    name: 'pisonet_router_writes_total',
    help: 'Rows added, changed or removed on the router',
    registers: this.registers,
  });
  private readonly accounted = new Counter({
    name: 'pisonet_accounted_bytes_total',
    help: 'Bytes booked by this process, both directions',
    registers: this.registers,
  });
  private readonly commands = new Histogram({
    name: 'pisonet_router_command_seconds',
    help: 'Time the router took to answer, by menu and command',
    labelNames: ['command', 'outcome'],
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly pages = new Histogram({
    name: 'pisonet_http_seconds',
    help: 'Time until a request was answered, by part of the product',
    labelNames: ['part', 'status'],
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly redemptions = new Counter({
    name: 'pisonet_redemptions_total',
    help: 'Codes customers typed, by what came of it',
    labelNames: ['outcome'],
    registers: this.registers,
  });

  /** @param gauges what is read from elsewhere when the figures are asked for */
  watch(gauges: Gauges): void {
    const { registers } = this;
    const gauge = (
      name: string,
      help: string,
      collect: (gauge: Gauge) => unknown,
      label?: string,
    ) =>
      new Gauge({
        ...{ name, help, registers, labelNames: label === undefined ? [] : [label] },
        async collect() {
          this.reset();
          await collect(this);
        },
      });
    gauge('pisonet_routers', 'Routers this server works on', (all) => all.set(gauges.routers()));
    gauge('pisonet_routers_up', 'Those of them that answer', (up) => up.set(gauges.routersUp()));
    gauge(
      'pisonet_vouchers',
      'Vouchers in the books, by status',
      async (vouchers) => {
        for (const [status, count] of Object.entries(await gauges.vouchers())) {
          vouchers.set({ status }, count);
        }
      },
      'status',
    );
    gauge(
      'pisonet_usage_bytes',
      'Bytes in the books, of all time',
      async (usage) => {
        const { up, down } = await gauges.usage();
        usage.set({ direction: 'up' }, up);
        usage.set({ direction: 'down' }, down);
      },
      'direction',
    );
    gauge(
      'pisonet_alerts',
      'Alerts that are up, by kind',
      async (alerts) => {
        for (const { kind } of await gauges.openAlerts()) alerts.inc({ kind });
      },
      'kind',
    );
    gauge(
      'pisonet_notices_waiting',
      'Notices not delivered yet, by channel',
      async (notices) => {
        for (const { channel, waiting } of await gauges.notices())
          notices.set({ channel }, waiting);
      },
      'channel',
    );
  }

  /** Figures of the process itself: memory, processor, event loop. Only once somebody reads them. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** @param routerId 0 is the router of the environment @param failure why there was nothing to reconcile */
  round(
    routerId: number,
    { devices, changed, accountedBytes }: ReconcileReport,
    failure: string | undefined,
    ms: number,
  ): void {
    this.rounds.observe({ outcome: failure ?? 'done' }, ms / 1000);
    if (failure !== undefined) return;
    this.devices.set({ router: String(routerId) }, devices);
    this.writes.inc(changed);
    this.accounted.inc(accountedBytes);
  }

  /** @param command without its values, which are customers' addresses and codes */
  routerAnswered(command: string, ms: number, outcome: 'done' | 'refused' | 'late'): void {
    this.commands.observe({ command, outcome }, ms / 1000);
  }

  answered(part: string, status: number, ms: number): void {
    this.pages.observe({ part, status: `${Math.floor(status / 100)}xx` }, ms / 1000);
  }

  redeemed(outcome: RedemptionOutcome): void {
    this.redemptions.inc({ outcome });
  }

  /** In Prometheus' text format. */
  async text(): Promise<{ type: string; body: string }> {
    return { type: this.registry.contentType, body: await this.registry.metrics() };
  }
}

/** What an error of a redemption means. */
export function outcomeOf(error: unknown): RedemptionOutcome {
  if (error instanceof TooManyGuesses) return 'too many';
  if (error instanceof DeviceBlocked) return 'blocked';
  if (error instanceof Conflict) return 'not usable';
  if (error instanceof RouterUnreachable || error instanceof RouterRefused) return 'router';
  return error instanceof BooksUnavailable ? 'books' : 'error';
}
