import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pino from 'pino';
import { LOOP_LATE } from '../../../src/domain/notices/event';
import { total, type Mac } from '../../../src/domain/units';
import { AdminVisitor } from './admin-visitor';
import { Choices } from '../chaos/random';
import { ManualClock } from '../../support/manual-clock';
import { ShopServer } from '../../support/program/shop-server';
import { RestartableShop } from '../../support/restartable-shop';
import type { TestApp } from '../../support/test-app';
import { FAULTS, type Fault } from './faults';
import { heapGrowth, measureHeap, type Heap, type HeapGrowth } from './heap';
import { Town, type Phone } from './town';

const MINUTE = 60_000;
/** The hour of the day in which it begins. */
const OPENS = 8;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;
/** What runs beside the rounds has to be done and waiting again by then, real ms. */
const LATE_MS = 30_000;
const MB = 1_000_000;
/** Of these, a shop sells about equally many. */
const PLANS = [
  { name: 'HOUR', price: '5', validity: '1h' },
  { name: 'HALF', price: '3', uptime: '30m', validity: 'none' },
  { name: 'DATA', price: '10', validity: '3d', data_cap: '300MB' },
  { name: 'DAY', price: '20', validity: '1d', fup_threshold: '200MB', fup_rate_up: '256K', fup_rate_down: '512K' }, // prettier-ignore
].map((plan) => ({ rate_up: '2M', rate_down: '10M', ...plan }));

export interface SoakFigures {
  seed: number;
  hours: number;
  devices: number;
  rounds: number;
  failedRounds: number;
  sold: number;
  refused: number;
  pages: number;
  faults: Record<string, number>;
  /** Bytes that passed, that are in the books, and that a fault may have taken. */
  bytes: { passed: number; booked: number; unsure: number };
  /** In the second and in the last hour, without code; nothing where the run is no longer than a day. */
  heapMb: HeapGrowth | undefined;
  booksMb: number;
  logErrors: number;
  violations: string[];
}

/**
 * A compressed week: the product with its pages, rounds, history, notices and backups, on a clock that goes
 * from minute to minute.
 * @param tell what goes on, for people
 */
export async function soak(
  { seed, hours, devices }: { seed: number; hours: number; devices: number },
  tell: (line: string) => void,
): Promise<SoakFigures> {
  const week = await Soak.begin(seed, devices);
  try {
    for (let minute = 0; minute < hours * HOUR_MINUTES; minute += 1) {
      await week.minute(minute);
      if (minute === 2 * HOUR_MINUTES - 1 && hours > 24) week.notesHeap('second');
      if ((minute + 1) % DAY_MINUTES === 0) tell(week.line(minute));
      if (week.violations.length > 0) break;
    }
    if (hours > 24) week.notesHeap('last');
    await week.settle();
    return { seed, hours, devices, ...(await week.figures()) };
  } finally {
    await week.close();
  }
}

class Soak {
  readonly violations: string[] = [];
  private rounds = 0;
  private failedRounds = 0;
  private sold = 0;
  private refused = 0;
  private owed = 0;
  private readonly struck: Record<string, number> = {};
  private readonly heap: Partial<Record<'second' | 'last', Heap>> = {};
  private readonly unhandled = (error: unknown) => void this.violations.push(`unhandled: ${String(error)}`); // prettier-ignore
  private shop!: TestApp;
  private server!: ShopServer;
  private visitor!: AdminVisitor;
  private stopping!: AbortController;
  private keepers!: Promise<unknown>;
  private pages = 0;

  private constructor(
    private readonly place: RestartableShop,
    private readonly town: Town,
    private readonly choices: Choices,
    private readonly log: { errors: number },
  ) {
    process.on('unhandledRejection', this.unhandled);
  }

  static async begin(seed: number, devices: number): Promise<Soak> {
    const choices = new Choices(seed);
    const counts = { errors: 0 };
    const log = pino({ level: 'error' }, { write: () => void (counts.errors += 1) });
    const place = await RestartableShop.begin(
      { profiles: PLANS, log, env: { POLL_SECONDS: '60' }, limits: PATIENT },
      new ManualClock(),
    );
    const soak = new Soak(place, new Town(place.simulator, choices, devices), choices, counts);
    await soak.open();
    return soak;
  }

  /** The program starts, with everything that runs in it. */
  private async open(): Promise<void> {
    this.shop = await this.place.open();
    this.server = await ShopServer.of(this.shop);
    this.visitor = await AdminVisitor.signIn(this.server);
    const { services } = this.shop.app;
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    const keepers = [services.historyKeeper, services.notices, services.backups];
    this.keepers = Promise.all(keepers.map((keeper) => keeper.run(signal)));
    await this.untilWaiting(keepers.length);
  }

  private async end(): Promise<void> {
    this.stopping.abort();
    await this.keepers;
    await this.server.closePages();
  }

  async minute(minute: number): Promise<void> {
    const { clock, simulator } = this.place;
    clock.advance(MINUTE);
    await this.untilWaiting(3);
    const buyers = this.town.minute((OPENS + Math.floor(minute / HOUR_MINUTES)) % 24);
    for (const phone of buyers) await this.buys(phone);
    await this.work(minute);
    for (const fault of FAULTS) {
      if (this.choices.next() * fault.everyMinutes < 1) await this.strike(fault);
    }
    await this.round();
    if (minute % HOUR_MINUTES === 0) simulator.log.clear();
  }

  /** The customer pays the operator, and types the code at the portal. */
  private async buys({ device }: Phone): Promise<void> {
    const { name, price } = this.choices.one(PLANS);
    const { batches } = this.shop.app.services;
    const { vouchers } = await batches.generate({ plan: name, count: 1 }, 'ana');
    this.sold += 1;
    this.owed += Number(price) * 100;
    const answer = await this.server.redeem(device, vouchers[0]!.code);
    if (answer.location !== '/portal/status') this.refused += 1;
    await this.server.ask('/portal/status', device);
    this.pages += 2;
  }

  /** The owner looks at the pages; now and then something is changed. */
  private async work(minute: number): Promise<void> {
    if (minute % 10 !== 0) return;
    const status = await this.visitor.visits(this.choices.one(OWNERS_PAGES));
    this.pages += 1;
    if (status >= 500) this.violations.push(`a page of the owner's answered ${status}`);
    if (minute % HOUR_MINUTES !== 0) return;
    const [mac, until] = [this.choices.one(this.town.phones).device.mac as Mac, this.place.clock.now().getTime() + 2 * HOUR_MINUTES * MINUTE]; // prettier-ignore
    const { devices } = this.shop.app.services;
    await devices.setLimit(mac, { up: 128_000, down: 256_000 }, new Date(until), 'owner');
  }

  private async strike(fault: Fault): Promise<void> {
    this.struck[fault.name] = (this.struck[fault.name] ?? 0) + 1;
    if (fault.name !== 'server ends') return fault.strikes(this.place, this.town, this.choices);
    await this.end();
    await this.place.stop('restarted');
    await this.open();
  }

  private async round(): Promise<void> {
    const report = await this.shop.reconcile();
    this.rounds += 1;
    if (report.errors === 0) this.town.counted();
    else this.failedRounds += 1;
  }

  /** Everything that runs beside the rounds has done its work, and waits. */
  private async untilWaiting(count: number): Promise<void> {
    const begun = performance.now();
    while (this.place.clock.waiting < count) {
      if (performance.now() - begun > LATE_MS) {
        this.violations.push(`only ${this.place.clock.waiting} of ${count} timers are in time`);
        return;
      }
      await new Promise(setImmediate);
    }
  }

  /** All faults are over, everybody leaves, and what was sold runs out. */
  async settle(): Promise<void> {
    const { place, shop } = this;
    place.simulator.faults.clear();
    for (let n = 0; n < 3; n += 1) await this.again();
    await this.expectBalance();
    const late = await shop.app.db('alerts').where({ kind: LOOP_LATE });
    if (late.length > 0) this.violations.push(`the loop was late ${late.length} times`);
  }

  private async again(): Promise<void> {
    this.place.clock.advance(MINUTE);
    await this.untilWaiting(3);
    await this.round();
  }

  private async expectBalance(): Promise<void> {
    const { stores, services, db } = this.shop.app;
    for (const phone of this.town.phones) await this.expectCounted(phone);
    const booked = total(await stores.usage.totals());
    const [{ used }] = (await db('vouchers').sum({ used: db.raw('used_up + used_down') })) as [{ used: number }]; // prettier-ignore
    if (booked !== Number(used)) this.violations.push(`devices used ${booked} bytes, vouchers ${used}`); // prettier-ignore
    const { fault } = await services.money.verify();
    if (fault) this.violations.push(`the journal of money: ${JSON.stringify(fault)}`);
    const [{ sum }] = (await db('money_journal').where({ kind: 'sale' }).sum({ sum: 'amount_minor' })) as [{ sum: number }]; // prettier-ignore
    if (Number(sum) !== this.owed) this.violations.push(`sold for ${this.owed}, in the journal ${sum}`); // prettier-ignore
    await this.expectNothingLeftOver();
  }

  /** A device's bytes are in the books once; what a fault took between two rounds may be missing. */
  private async expectCounted({ device, passed, unsure }: Phone): Promise<void> {
    const counted = total(await this.shop.app.stores.usage.totals(device.mac as Mac));
    const all = device.counted.up + device.counted.down;
    if (counted > all) this.violations.push(`${device.mac} has ${counted} bytes, ${all} passed`);
    // A phone that changed its address has the rest of its bytes under the former one.
    if (all === passed && counted < all - unsure) {
      this.violations.push(`${device.mac} has ${counted} bytes of ${all}, ${unsure} unsure`);
    }
  }

  private async expectNothingLeftOver(): Promise<void> {
    const { simulator } = this.place;
    const held = await this.shop.app.db('sessions').whereNot({ state: 'ended' }).select('code', 'mac'); // prettier-ignore
    const codes = new Set(held.map(({ code }) => code as string));
    const queues = new Set(held.map(({ mac }) => `pisonet-${mac}`));
    const ours = ({ comment = '' }) => comment.startsWith('pisonet:');
    for (const { name } of simulator.users().filter(ours)) {
      if (!codes.has(name)) this.violations.push(`the row ${name} is left on the router`);
    }
    for (const { name } of simulator.queues().filter(ours)) {
      if (!queues.has(name)) this.violations.push(`the queue ${name} is left on the router`);
    }
  }

  notesHeap(when: 'second' | 'last'): void {
    this.heap[when] = measureHeap();
  }

  line(minute: number): string {
    const day = Math.round((minute + 1) / DAY_MINUTES);
    return `day ${day}: ${this.town.online.length} online, ${this.sold} sold, ${this.rounds} rounds`;
  }

  async figures(): Promise<Omit<SoakFigures, 'seed' | 'hours' | 'devices'>> {
    const heapMb = heapGrowth(this.heap.second, this.heap.last);
    if (heapMb && heapMb.growth > 0.1) this.violations.push('the heap grew by more than 10 %');
    const sum = (of: (phone: Phone) => number) => this.town.phones.map(of).reduce((a, b) => a + b, 0); // prettier-ignore
    const booked = total(await this.shop.app.stores.usage.totals());
    return {
      ...{ rounds: this.rounds, failedRounds: this.failedRounds, sold: this.sold },
      ...{ refused: this.refused, pages: this.pages, faults: this.struck },
      bytes: { passed: sum(({ passed }) => passed), booked, unsure: sum(({ unsure }) => unsure) },
      heapMb,
      booksMb: Math.round(filesIn(dirname(this.place.database)) / MB),
      logErrors: this.log.errors,
      violations: this.violations,
    };
  }

  async close(): Promise<void> {
    process.off('unhandledRejection', this.unhandled);
    await this.end();
    await this.place.close();
  }
}

const OWNERS_PAGES = ['', '/bandwidth', '/vouchers', '/reports', '/usage', '/router', '/audit'];

/** A router that is merely slow to answer, because this machine is busy, is no fault here. */
const PATIENT = {
  ...{ connectMs: 10_000, loginMs: 10_000, commandMs: 10_000, longMs: 10_000 },
  ...{ inFlight: 24, queued: 50_000, queuedMs: 60_000 },
};

/** Bytes of all files below, the backups too. */
function filesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}
