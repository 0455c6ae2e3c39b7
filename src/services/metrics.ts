import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  BooksUnavailable,
  Conflict,
  DeviceBlocked,
  RouterRefused,
  RouterUnreachable,
  TooManyGuesses,
} from '../errors';
import type { Rates } from '../domain/units';
import type { ReconcileReport } from './loop/round/reconcile-report';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How a typed code ended. */
export type RedemptionOutcome =
  'online' | 'not usable' | 'blocked' | 'too many' | 'router' | 'books' | 'error';

/** A router that this process is in charge of. */
export interface OwnRouter {
  name: string;
  /** Whether it answered the last round. */
  isUp: boolean;
  /** Devices that may be online; of a router that does not answer nobody knows. */
  devices: number | undefined;
}

/** Read when somebody asks for the figures. */
export interface Gauges {
  /** How many routers the shop has. */
  routers(): number;
  /** Those whose loop this process runs: what others are in charge of, they tell. */
  ownRouters(): readonly OwnRouter[];
  vouchers(): Promise<Record<string, number>>;
  /** By kind. */
  openAlerts(): Promise<readonly { kind: string }[]>;
  /** Undelivered, by channel. */
  notices(): Promise<readonly { channel: string; waiting: number }[]>;
}

/** What this process does, counted for Prometheus. Times are in seconds. See docs/operation.md. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];
  private isRead = false;

  private readonly rounds = new Histogram({
    name: 'pisonet_reconcile_seconds',
    help: 'Time a round of the loop took, by router and how it ended',
    labelNames: ['router', 'outcome'],
    buckets: SECONDS,
    registers: this.registers,
  });
  private readonly writes = new Counter({
    name: 'pisonet_router_writes_total',
    help: 'Rows added, changed or removed on the router',
    registers: this.registers,
  });
  private readonly usage = new Counter({
    name: 'pisonet_usage_bytes_total',
    help: 'Bytes of customers booked by this process, by direction',
    labelNames: ['direction'],
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
    name: 'pisonet_http_request_seconds',
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
    gauge('pisonet_routers', 'Routers of the shop', (all) => all.set(gauges.routers()));
    gauge(
      'pisonet_router_up',
      'Whether a router this process is in charge of answered the last round',
      (up) => {
        for (const { name, isUp } of gauges.ownRouters()) up.set({ router: name }, Number(isUp));
      },
      'router',
    );
    gauge(
      'pisonet_devices_online',
      'Devices that may be online, as of the last round of each router that answers',
      (online) => {
        for (const { name, devices } of gauges.ownRouters()) {
          if (devices !== undefined) online.set({ router: name }, devices);
        }
      },
      'router',
    );
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

  /** @param failure why there was nothing to reconcile */
  round(
    router: string,
    { changed }: ReconcileReport,
    failure: string | undefined,
    ms: number,
  ): void {
    this.rounds.observe({ router, outcome: failure ?? 'done' }, ms / 1000);
    this.writes.inc(changed);
  }

  /** Bytes that were counted on a router and booked. */
  used({ up, down }: Rates): void {
    this.usage.inc({ direction: 'up' }, up);
    this.usage.inc({ direction: 'down' }, down);
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

  /** In Prometheus' text format. Memory, processor and event loop are watched from the first reading on. */
  async text(): Promise<{ type: string; body: string }> {
    if (!this.isRead) collectDefaultMetrics({ register: this.registry });
    this.isRead = true;
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
