import type { Invoice } from '../../src/store/billing/invoice-store';
import { TestApp } from '../support/test-app';
import { DAY, HOUR, MINUTE } from '../support/builders';

/**
 * A year of fifty subscribers, billed by the program day by day, beside what plain arithmetic says: days are
 * counted here, not times, and nothing of the rules of billing is used.
 */

jest.setTimeout(240_000);

const FIRST = Date.parse('2027-07-29T00:00:00Z') / DAY;
const DAYS = 370; // over February 29th of 2028
const PRICES = { Home: 999_00, Fast: 1_499_00, Slow: 501_00 } as const;
type Name = keyof typeof PRICES;
const SETUP = 500_00; // of Fast
/** The day on which Home becomes dearer, at six in the morning. */
const DEARER = dayOf('2027-12-15');
const DEARER_PRICE = 1_099_00;
const [DUE, GRACE, TAX] = [7, 3, 1_200];

function dayOf(iso: string): number {
  return Date.parse(`${iso}T00:00:00Z`) / DAY;
}

/** The n-th month after, on the same day of the month, or the last one of a shorter month. */
function monthsLater(day: number, n: number): number {
  const [year, month, date] = new Date(day * DAY).toISOString().slice(0, 10).split('-').map(Number);
  const months = year! * 12 + month! - 1 + n;
  const [y, m] = [Math.floor(months / 12), months % 12];
  const isLeap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m]!;
  const two = (value: number) => String(value).padStart(2, '0');
  return dayOf(`${y}-${two(m + 1)}-${two(Math.min(date!, length))}`);
}

const nearest = (top: number, bottom: number) =>
  Math.sign(top) * Math.floor((2 * Math.abs(top) + bottom) / (2 * bottom)) || 0;

interface Cycle {
  start: number;
  end: number;
}

function part(price: number, { start, end }: Cycle, from: number, to: number): number {
  const upTo = (day: number) => nearest(price * (day - start), end - start);
  return upTo(to) - upTo(from);
}

/** What happens to one subscriber, by day; acts are at noon, after the program's run half past midnight. */
interface Life {
  start: number;
  plan: Name;
  discount: number;
  changes: Map<number, Name>;
  /** Part of what is owed, in percent, by days since the oldest open invoice. */
  pays: (invoice: number) => Map<number, number>;
  suspended: [from: number, to: number] | undefined;
}

function lifeOf(k: number): Life {
  const starts = ['2027-07-29', '2027-07-30', '2027-07-31', '2027-08-15', '2027-08-01'];
  const days = (...isos: string[]) => isos.map(dayOf);
  const changes = new Map<number, Name>();
  if (k % 5 === 3) {
    const names: Name[] = ['Fast', 'Slow', 'Home', 'Fast'];
    const on = days('2027-10-31', '2028-01-30', '2028-02-29', '2028-05-29').map(
      (day) => day + (k % 3),
    );
    on.forEach((day, n) => changes.set(day, names[n]!));
    changes.set(dayOf('2027-11-12') + k, 'Slow');
    changes.set(dayOf('2027-11-14') + k, 'Fast');
  }
  const at = dayOf('2027-09-10') + 5 * k;
  return {
    start: dayOf(starts[k % 3 === 0 ? 2 : k % starts.length]!),
    plan: (['Home', 'Fast', 'Slow'] as const)[k % 3]!,
    discount: k % 10 === 3 ? 1_000 : 0,
    changes,
    pays: (invoice) => {
      if (k % 5 === 1) return new Map([[3, 50], [8, 100]]); // prettier-ignore
      if (k % 5 === 2 && invoice % 3 === 1) return new Map([[15, 100]]);
      if (k % 5 === 2 && invoice % 3 === 2) return new Map([[45, 100]]);
      return new Map([[2, 100]]);
    },
    suspended: k % 5 === 4 ? [at, at + 17 + (k % 30)] : undefined,
  };
}

interface Expected {
  day: number;
  total: number;
}

/** What one subscriber is asked for, and pays. */
class Reckoning {
  readonly invoices: (Expected & { paid: number })[] = [];
  readonly payments: Expected[] = [];
  state: 'active' | 'unpaid' | 'by hand' = 'active';
  private plan: Name;
  private cycles = 0;
  private last: (Cycle & { from: number; price: number }) | undefined;
  private moves: { day: number; to: number }[] = [];

  constructor(private readonly life: Life) {
    this.plan = life.plan;
  }

  private price(day: number, isNoon: boolean): number {
    if (this.plan !== 'Home') return PRICES[this.plan];
    return day > DEARER || (day === DEARER && isNoon) ? DEARER_PRICE : PRICES.Home;
  }

  private open() {
    return this.invoices.find(({ total, paid }) => paid < total);
  }

  private cycle(): Cycle {
    const { start } = this.life;
    return { start: monthsLater(start, this.cycles), end: monthsLater(start, this.cycles + 1) };
  }

  night(day: number): void {
    const late = this.open();
    if (this.state === 'active' && late && day >= late.day + DUE + GRACE) this.state = 'unpaid';
    if (day !== this.cycle().start) return;
    if (this.state === 'active') this.invoice(this.cycle(), day, false);
    this.cycles += 1;
  }

  noon(day: number): { pay: number; change: Name | undefined; suspend: boolean; resume: boolean } {
    const { life } = this;
    const suspend = day === life.suspended?.[0] && this.state === 'active';
    if (suspend) this.state = 'by hand';
    const resume = day === life.suspended?.[1] && this.state === 'by hand';
    if (resume) this.resume(day);
    const change = this.state === 'active' ? life.changes.get(day) : undefined;
    if (change) {
      this.plan = change;
      this.moves.push({ day, to: this.price(day, true) });
    }
    return { pay: this.pay(day), change, suspend, resume };
  }

  private pay(day: number): number {
    const open = this.open();
    if (!open) return 0;
    const share = this.life.pays(this.invoices.indexOf(open)).get(day - open.day);
    const owed = this.invoices.reduce((sum, { total, paid }) => sum + total - paid, 0);
    const amount = share === undefined ? 0 : Math.min(owed, nearest(owed * share, 100));
    if (amount <= 0) return 0;
    this.payments.push({ day, total: amount });
    let left = amount;
    for (const one of this.invoices) {
      const paid = Math.min(left, Math.max(0, one.total - one.paid));
      one.paid += paid;
      left -= paid;
    }
    const still = this.open();
    const isLate = still !== undefined && day >= still.day + DUE + GRACE;
    if (this.state === 'unpaid' && !isLate) this.resume(day);
    return amount;
  }

  private resume(day: number): void {
    this.state = 'active';
    this.cycles -= 1;
    const now = this.cycle();
    this.cycles += 1;
    if (this.last!.start < now.start) this.invoice(now, day, true);
  }

  private invoice(cycle: Cycle, from: number, isNoon: boolean): void {
    const { last, moves, life } = this;
    let plans = 0;
    let before = last?.price ?? 0;
    for (const { day, to } of moves) {
      if (last && day < last.end)
        plans += part(to, last, day, last.end) - part(before, last, day, last.end);
      before = to;
    }
    const price = this.price(from, isNoon);
    plans += part(price, cycle, from, cycle.end);
    const setup = last === undefined && this.plan === 'Fast' ? SETUP : 0;
    const off = nearest(-plans * life.discount, 10_000);
    const untaxed = plans + off + setup;
    const total = untaxed + nearest(untaxed * TAX, 10_000);
    this.invoices.push({ day: from, total, paid: 0 });
    this.last = { ...cycle, from, price };
    this.moves = [];
  }
}

test('a year of fifty subscribers is as by hand, to the centavo and the day', async () => {
  const plan = (name: Name, more = {}) => ({
    ...{ name, price: String(PRICES[name] / 100), billing_cycle: 'monthly', ...more },
  });
  const shop = await TestApp.start({
    profiles: [plan('Home'), plan('Fast', { setup_fee: '500' }), plan('Slow')],
  });
  const { billing, subscribers, money } = shop.app.services;
  await billing.setRules({ dueDays: DUE, graceDays: GRACE, tax: TAX, prorateBy: 'day' }, 'maria');
  const people: { id: number; life: Life; hand: Reckoning }[] = [];

  for (let day = FIRST; day < FIRST + DAYS; day += 1) {
    const midnight = day * DAY - 8 * HOUR; // in Manila
    shop.clock.set(new Date(midnight + MINUTE).toISOString());
    for (let k = 0; day === FIRST && k < 50; k += 1) {
      const life = lifeOf(k);
      const { id } = await subscribers.add({ name: `Subscriber ${k}`, discount: life.discount }, 'maria'); // prettier-ignore
      people.push({ id, life, hand: new Reckoning(life) });
      await subscribers.assign(id, { plan: life.plan }, new Date(life.start * DAY), 'maria');
    }
    shop.clock.set(new Date(midnight + 30 * MINUTE).toISOString());
    await billing.run();
    for (const { hand } of people) hand.night(day);
    if (day === DEARER) {
      shop.clock.set(new Date(midnight + 6 * HOUR).toISOString());
      const home = (await shop.app.stores.plans.find('Home'))!;
      const dearer = { ...home, terms: { ...home.terms, price: { amount: DEARER_PRICE, currency: 'PHP' } } }; // prettier-ignore
      await shop.app.stores.plans.edit(home, dearer, 'maria', shop.clock.now());
    }
    shop.clock.set(new Date(midnight + 12 * HOUR).toISOString());
    for (const { id, hand } of people) {
      const { pay, change, suspend, resume } = hand.noon(day);
      if (suspend) await subscribers.suspend(id, 'away', 'maria');
      if (resume) await subscribers.resume(id, 'maria');
      if (change) await subscribers.changePlan(id, { plan: change }, 'now', 'maria');
      if (pay > 0) await billing.pay({ subscriberId: id, money: { amount: pay, currency: 'PHP' } }, 'ana'); // prettier-ignore
    }
  }

  const inManila = ({ issuedAt, total }: Invoice) => ({
    day: Math.floor((issuedAt!.getTime() + 8 * HOUR) / DAY),
    total,
  });
  const asked = await shop.app.stores.invoices.list();
  for (const { id, hand } of people) {
    const own = asked.filter(({ subscriberId }) => subscriberId === id);
    expect([id, own.map(inManila)]).toEqual([
      id,
      hand.invoices.map(({ day, total }) => ({ day, total })),
    ]);
    const { owed } = await billing.account(id);
    const paid = hand.payments.reduce((sum, { total }) => sum + total, 0);
    expect([id, owed]).toEqual([id, hand.invoices.reduce((sum, one) => sum + one.total, 0) - paid]);
    const { status, suspendedFor } = await subscribers.find(id);
    expect([id, suspendedFor ?? status]).toEqual([id, hand.state]);
  }
  // Enough of everything happened for the comparison to say something.
  expect(asked.length).toBeGreaterThan(500);
  const states = await shop.app.db('subscriber_states').select('status', 'reason');
  expect(
    states.filter(({ reason }) => /is not paid/.test(reason as string)).length,
  ).toBeGreaterThan(20);
  expect(states.filter(({ reason }) => reason === 'by hand').length).toBe(10);
  expect(asked.map(({ number }) => number).sort((a, b) => a! - b!)).toEqual(
    asked.map((_, n) => n + 1),
  );

  for (const invoice of asked) {
    const lines = await shop.app.stores.invoices.linesOf(invoice.id);
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(invoice.total);
  }
  const rows = await money.list();
  const sum = (kind: string) =>
    rows.filter((row) => row.kind === kind).reduce((total, { amount }) => total + amount, 0);
  const all = people.flatMap(({ hand }) => hand.payments);
  expect(sum('payment')).toBe(all.reduce((total, one) => total + one.total, 0));
  expect(sum('invoice')).toBe(asked.reduce((total, one) => total + one.total, 0));
  expect((await money.verify()).fault).toBeUndefined();
  await shop.close();
});
