import type { App } from '../../src/compose';
import type { Clock } from '../../src/clock';
import type { Accounts } from '../../src/domain/loop/accounting';
import { SLOT_MS } from '../../src/domain/usage/usage-slots';
import { parseMac, type Mac, type Rates } from '../../src/domain/units';

const DAY_MS = 86_400_000;
/** How busy each hour of the shop's day is, 0 to 1: asleep at four, full at eight in the evening. */
const BUSY = [
  0.3, 0.18, 0.1, 0.06, 0.05, 0.08, 0.15, 0.22, 0.28, 0.32, 0.36, 0.42, 0.48, 0.46, 0.44, 0.46,
  0.52, 0.62, 0.78, 0.92, 1, 0.95, 0.75, 0.5,
];
/** Manila, the shop's default zone. */
const SHOP_OFFSET_HOURS = 8;
/** How many slots a visit lasts, and the most a slot downloads. */
const VISIT_SLOTS = 18;
const SLOT_BYTES = 60_000_000;

/** A clock set by hand. */
class TurnedClock implements Clock {
  constructor(private at: Date) {}
  now(): Date {
    return this.at;
  }
  elapsedMs(): number {
    return this.at.getTime();
  }
  turn(at: Date): void {
    this.at = at;
  }
  wait(): Promise<void> {
    return Promise.resolve();
  }
}

interface Customer {
  mac: Mac;
  plan: string;
  /** How long a voucher lasts. */
  days: number;
  code: string;
  session: number;
  /** Its first bytes with this voucher are still to come. */
  isNew: boolean;
  until: number;
  /** How much of the time it is online, and how fast. */
  habit: number;
  appetite: number;
  visitLeft: number;
}

/** What was booked, to compare with what is read back. */
interface YearOutcome {
  samples: number;
  bytes: Rates;
  byDevice: Map<string, Rates>;
  byVoucher: Map<string, Rates>;
  plans: string[];
  mac: string;
  code: string;
}

/**
 * A shop's customers over a long time: they come in the evening, use much or little, and buy a voucher when
 * theirs is over. Their usage is booked as by the loop, and rolled up as usual.
 */
export class ShopYear {
  readonly clock: TurnedClock;
  private state: number;

  constructor(private readonly order: { devices: number; days: number; end: Date; seed: number }) {
    this.clock = new TurnedClock(this.startOfDay(0));
    this.state = order.seed;
  }

  /** @param app composed with this year's clock */
  async live(app: App, onDay: (day: number) => void = () => undefined): Promise<YearOutcome> {
    const plans = (await app.services.plans.list()).slice(0, 3).map(({ name }) => name);
    const customers = Array.from({ length: this.order.devices }, (_, index) =>
      this.customer(index, plans),
    );
    const outcome: YearOutcome = {
      samples: 0,
      bytes: { up: 0, down: 0 },
      byDevice: new Map(),
      byVoucher: new Map(),
      plans,
      mac: customers[0]!.mac,
      code: '',
    };
    for (let day = 0; day < this.order.days; day += 1) {
      onDay(day);
      const start = this.startOfDay(day);
      this.clock.turn(start);
      await this.buy(app, customers, start, outcome);
      await this.liveDay(app, customers, day, outcome);
      await app.services.historyKeeper.rollUp(this.clock.now());
    }
    return outcome;
  }

  private startOfDay(day: number): Date {
    return new Date(this.order.end.getTime() - (this.order.days - day) * DAY_MS);
  }

  private customer(index: number, plans: readonly string[]): Customer {
    const kind = index % plans.length;
    const hex = index.toString(16).toUpperCase().padStart(4, '0');
    return {
      mac: parseMac(`02:00:00:01:${hex.slice(0, 2)}:${hex.slice(2)}`),
      plan: plans[kind]!,
      days: [1, 7, 30][kind] ?? 7,
      code: '',
      session: 0,
      isNew: true,
      until: 0,
      habit: 0.4 + 0.6 * this.chance(),
      appetite: 0.05 + this.chance() ** 3,
      visitLeft: 0,
    };
  }

  /** A voucher for each customer whose last one is over. */
  private async buy(app: App, customers: Customer[], now: Date, outcome: YearOutcome) {
    for (const plan of new Set(customers.map((one) => one.plan))) {
      const due = customers.filter((one) => one.plan === plan && one.until <= now.getTime());
      if (due.length === 0) continue;
      const { vouchers } = await app.services.batches.generate({ plan, count: due.length }, 'seed');
      await app.stores.transaction(async (stores) => {
        const macs = due.map(({ mac }) => ({ mac, address: '10.5.50.9' }));
        await stores.sessions.seeDevices(macs, now);
        const rows = await stores.vouchers.findAll(vouchers.map(({ code }) => code));
        const opened = [];
        for (const [index, voucher] of rows.entries()) {
          const customer = due[index]!;
          const id = await stores.sessions.addPending(voucher.code, customer.mac, now, now);
          const until = now.getTime() + customer.days * DAY_MS;
          Object.assign(customer, { code: voucher.code, session: id, isNew: true, until });
          opened.push({ id, state: 'open' as const, endReason: null, onRouter: false });
        }
        await stores.sessions.save(opened, now);
        const ended = opened.map((one) => ({
          ...one,
          state: 'ended' as const,
          endReason: 'expired',
        }));
        await stores.sessions.save(ended, now);
        await stores.vouchers.save(
          rows.map((voucher, index) => ({
            ...voucher,
            status: 'expired' as const,
            activatedAt: now,
            startedAt: now,
            expiresAt: new Date(due[index]!.until),
          })),
        );
      });
    }
    outcome.code = customers[Math.min(2, customers.length - 1)]!.code;
  }

  /** Five minutes at a time; on some days the power is off for two hours. */
  private async liveDay(app: App, customers: Customer[], day: number, outcome: YearOutcome) {
    const start = this.startOfDay(day).getTime();
    const isCut = day % 41 === 17;
    await app.stores.transaction(async ({ usage, vouchers }) => {
      const used = new Map<string, Rates>();
      for (let slot = 0; slot < DAY_MS / SLOT_MS; slot += 1) {
        const at = new Date(start + slot * SLOT_MS);
        if (isCut && slot >= 120 && slot < 144) continue;
        const accounts = this.lookAt(customers, at);
        if (accounts.usage.length === 0) continue;
        await usage.add(accounts, at);
        outcome.samples += accounts.usage.length;
        for (const { code, mac, bytes } of accounts.usage) {
          addTo(outcome.byDevice, mac, bytes);
          addTo(outcome.byVoucher, code, bytes);
          addTo(used, code, bytes);
          outcome.bytes.up += bytes.up;
          outcome.bytes.down += bytes.down;
        }
      }
      if (isCut) {
        const [from, to] = [120, 144].map((slot) => new Date(start + slot * SLOT_MS));
        await usage.addGap({ from: from!, to: to! });
      }
      await vouchers.addUsage(
        [...used].map(([code, sum]) => ({ code, ...sum, freeBytes: 0, uptimeMs: 0 })),
      );
    });
    this.clock.turn(new Date(start + DAY_MS));
  }

  /** What a round of the loop produces: usage, and a reading for devices that start. */
  private lookAt(customers: Customer[], at: Date): Accounts {
    const hour = (at.getUTCHours() + SHOP_OFFSET_HOURS) % 24;
    const accounts: Accounts = { readings: [], moved: [], usage: [], uptime: new Map(), gaps: [] };
    for (const customer of customers) {
      if (customer.visitLeft === 0) {
        if (this.chance() > (BUSY[hour]! * customer.habit) / 8) continue;
        customer.visitLeft = 1 + Math.floor(this.chance() * 2 * VISIT_SLOTS);
      }
      customer.visitLeft -= 1;
      const down = 1 + Math.floor(SLOT_BYTES * customer.appetite * this.chance());
      const up = Math.floor(down * (0.05 + 0.15 * this.chance()));
      const { code, mac, session: sessionId, isNew } = customer;
      accounts.usage.push({ code, mac, bytes: { up, down }, freeBytes: 0 });
      if (!isNew) continue;
      customer.isNew = false;
      const counter = { queueId: '*1', boot: 1, bytes: { up, down } };
      accounts.readings.push({
        ...{ mac, sessionId, code, counter },
        ...{ activeId: null, uptimeMs: 0, heard: null },
      });
    }
    return accounts;
  }

  /** 0 to 1, the same sequence for the same seed. */
  private chance(): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.state / 2 ** 32;
  }
}

function addTo(sums: Map<string, Rates>, name: string, bytes: Rates): void {
  const sum = sums.get(name) ?? { up: 0, down: 0 };
  sums.set(name, { up: sum.up + bytes.up, down: sum.down + bytes.down });
}
