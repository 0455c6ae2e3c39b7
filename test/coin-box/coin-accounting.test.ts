import { randomInt } from 'node:crypto';
import { bestSplit } from '../../src/domain/coin-box/coin-rates';
import type { HotspotHost } from '../../src/domain/network/network';
import { AppError } from '../../src/errors';
import { CoinReports, RequestReplayed } from '../../src/services/coin-box/coin-reports';
import { CoinSlots } from '../../src/services/coin-box/coin-slots';
import { CoinWakes } from '../../src/services/coin-box/coin-wakes';
import type { Stores } from '../../src/store/stores';
import { ModelBox } from '../support/model-box';
import { onPostgres } from '../support/postgres/books';
import { runs } from '../support/program/run-counts';
import { TestApp } from '../support/test-app';

/**
 * Random lives of a coin box: coins with and without a customer, reports that are cut, repeated or come late, reboots,
 * a server that is killed in the middle, phones that leave. What came in is what somebody has.
 */

/** A server on a socket takes its time for each of thousands of transactions. */
const RUNS = runs(onPostgres ? 50 : 1_000, onPostgres ? 5 : 15);
const STEPS = 30;
const WORTH: Record<string, number> = { 1: 1_00, 5: 5_00, 10: 10_00, 20: 20_00 };

let shop: TestApp;

beforeAll(async () => {
  shop = await TestApp.start();
});
afterAll(() => shop.close());

/** The process ends at the end of its next transaction, before that is stored. */
function killing(stores: Stores): Stores {
  const die = <T>(work: (inside: Stores) => Promise<T>) => {
    return async (inside: Stores): Promise<T> => {
      await work(inside);
      throw new Killed('killed');
    };
  };
  const dying = Object.create(stores) as Stores;
  dying.outsideLoopState = (work) => stores.outsideLoopState(die(work));
  dying.transaction = (work) => stores.transaction(die(work));
  return dying;
}

class Killed extends AppError {}

/** A small generator of its own, so that a seed tells the whole run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Life {
  private readonly gone = new Set<string>();
  private readonly phones: HotspotHost[];
  private readonly own = new Map<string, number>();
  private reports!: CoinReports;
  private slots!: CoinSlots;
  private fallen = 0;
  private holder: string | undefined;
  private earlier: { counter: number; words: ModelBox['words'] } | undefined;

  constructor(
    private readonly box: ModelBox,
    private readonly random: () => number,
    run: number,
  ) {
    this.phones = [0, 1, 2].map((n) => {
      const hex = (run * 3 + n).toString(16).toUpperCase().padStart(6, '0');
      const mac = `02:00:01:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
      return { mac, router: 0 } as unknown as HotspotHost;
    });
    this.startServer();
  }

  /** Also after it was killed: nothing of it is in memory alone. */
  private startServer(stores = shop.app.stores): void {
    const { clock, services } = shop.app;
    const wakes = new CoinWakes(clock);
    const sights = { answers: () => true, hasLeft: (mac: string) => this.gone.has(mac) };
    this.reports = new CoinReports({ stores, clock, wakes, sights, isWell: () => true });
    const { batches } = services;
    this.slots = new CoinSlots({ stores, clock, wakes, batches, currency: () => 'PHP' });
  }

  private pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random() * all.length)]!;
  }

  async step(): Promise<void> {
    const phone = this.pick(this.phones);
    const steps: (() => unknown)[] = [
      () => this.open(phone),
      () => this.open(phone),
      () => this.coin(),
      () => this.coin(),
      () => this.coin(),
      () => this.box.report(this.reports),
      () => this.box.report(this.reports),
      () => this.repeated(),
      () => this.late(),
      () => this.killed(phone),
      () => this.slots.buy(phone),
      () => this.slots.leave(phone),
      () => this.gone.add(phone.mac),
      () => shop.clock.advance(1_000 + Math.floor(this.random() * 40_000)),
      () => shop.clock.advance(500),
      () => this.box.reboot(),
      () => this.memoryLost(),
      () => this.byStaff(phone),
      () => this.strayCoin(),
    ];
    await this.pick(steps)();
  }

  private async open(phone: HotspotHost): Promise<void> {
    this.gone.delete(phone.mac);
    try {
      await this.slots.open(phone, this.box.id);
      this.holder = phone.mac;
    } catch (error) {
      if (!(error instanceof AppError)) throw error; // busy, or too often for nothing
    }
    if (this.random() < 0.7) await this.box.report(this.reports);
  }

  /** By whoever is at the slot, while the box is open. */
  private coin(): void {
    if (!this.box.isOpen || this.holder === undefined) return;
    const worth = this.insert();
    this.own.set(this.holder, (this.own.get(this.holder) ?? 0) + worth);
  }

  private strayCoin(): void {
    if (this.random() < 0.3) this.insert();
  }

  private insert(): number {
    const coin = this.pick(['1', '5', '10', '20']);
    this.box.insert(coin);
    this.fallen += WORTH[coin]!;
    return WORTH[coin]!;
  }

  /** The answer was lost on its way: the box says it all again. */
  private async repeated(): Promise<void> {
    await this.box.report(this.reports);
    await this.box.report(this.reports);
  }

  /** A request that was held up on its way arrives after later ones. */
  private async late(): Promise<void> {
    const held = { counter: this.box.next(), words: this.box.words };
    await this.box.report(this.reports);
    for (const { counter, words } of [held, this.earlier ?? held]) {
      await expect(this.reports.receive(this.box.id, counter, words)).rejects.toThrow(
        RequestReplayed,
      );
    }
    this.earlier = held;
  }

  private async killed(phone: HotspotHost): Promise<void> {
    this.startServer(killing(shop.app.stores));
    const act = this.pick<() => Promise<unknown>>([
      () => this.box.report(this.reports),
      () => this.slots.buy(phone),
    ]);
    await act().catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    this.startServer();
  }

  /** After a report: what was counted and not told would be lost with it. */
  private async memoryLost(): Promise<void> {
    await this.box.report(this.reports);
    this.box.forget();
    this.box.reboot();
    await this.box.report(this.reports);
  }

  private async byStaff(phone: HotspotHost): Promise<void> {
    const { coinBoxes } = shop.app.services;
    const [stray] = (await coinBoxes.strays()).filter(({ boxId }) => boxId === this.box.id);
    if (stray && this.random() < 0.5) {
      await coinBoxes.settle(stray.id, this.pick([phone.mac, undefined]), 'maria');
    }
    if (this.random() < 0.3) await coinBoxes.payOut(phone.mac, 'maria').catch(ignoreNothing);
  }

  /** Money in is money somebody has, and each phone has at least what it put in itself. */
  async check(): Promise<void> {
    await this.box.report(this.reports);
    const { db, services } = shop.app;
    const sum = async (table: string, where: object) => {
      const row = (await db(table).where(where).sum('amount_minor as amount').first()) as {
        amount: number | string | null;
      };
      return Number(row.amount ?? 0);
    };
    const { id } = this.box;
    const moves = async (kind: string) => sum('coin_credits', { box_id: id, kind });
    const [coins, bought, paidOut, found, given] = await Promise.all(
      ['coins', 'bought', 'paid out', 'found', 'given'].map(moves),
    );
    const strays = await sum('coin_strays', { box_id: id });
    const credit = await sum('coin_credits', { box_id: id });
    const open = await sum('coin_strays', { box_id: id, settled_at: null });
    const kept = await sum('coin_strays', { box_id: id, settled_as: 'kept' });
    expect(coins! + strays).toBe(this.fallen);
    expect(-bought! - paidOut! + credit + open + kept).toBe(this.fallen);
    expect(found! + given! + open + kept).toBe(strays);
    expect(await sum('money_journal', { subject: `coin box ${id}` })).toBe(this.fallen);
    for (const { mac } of this.phones) {
      expect(await sum('coin_credits', { mac })).toBeGreaterThanOrEqual(0);
      const spent = await sum('coin_credits', { mac, kind: 'bought' });
      const back = await sum('coin_credits', { mac, kind: 'paid out' });
      const has = (await sum('coin_credits', { mac })) - spent - back;
      expect(has).toBeGreaterThanOrEqual(this.own.get(mac) ?? 0);
    }
    await this.checkVouchers(0 - bought!);
    await services.coinBoxes.remove(String(id), 'maria');
  }

  private async checkVouchers(bought: number): Promise<void> {
    const { db, stores } = shop.app;
    const codes: string[] = await db('coin_credits')
      .where({ box_id: this.box.id })
      .whereNotNull('code')
      .pluck('code');
    const vouchers = await stores.vouchers.findAll(codes);
    const { rates } = (await stores.coinBoxes.find(this.box.id))!;
    for (const { terms } of vouchers) {
      const { seconds, paid } = bestSplit(terms.price.amount, rates);
      expect(terms).toMatchObject({ validitySeconds: seconds, price: { amount: paid } });
    }
    expect(vouchers.reduce((sum, { terms }) => sum + terms.price.amount, 0)).toBe(bought);
  }
}

const ignoreNothing = (error: unknown) => {
  if (!(error instanceof AppError)) throw error; // it has no coins
};

test(`in ${RUNS} random lives of a box, money in is vouchers, credit, coins without a customer and what was paid out`, async () => {
  const seed = Number(process.env.COIN_SEED ?? randomInt(2 ** 31));
  for (let run = 0; run < RUNS; run += 1) {
    const random = randomOf(seed + run);
    const life = new Life(await ModelBox.paired(shop.app, `Box ${run}`), random, run);
    try {
      for (let step = 0; step < STEPS; step += 1) await life.step();
      await life.check();
    } catch (cause) {
      throw new Error(`run ${run} went wrong: COIN_SEED=${seed + run} repeats it`, { cause });
    }
  }
  expect((await shop.app.services.money.verify()).differences).toEqual([]);
}, 1_800_000);
