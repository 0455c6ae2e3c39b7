import fc from 'fast-check';
import { partOfPrice, type ProrateBy } from '../../src/domain/billing/proration';
import type { SubscriberPlan } from '../../src/domain/billing/subscriber';
import type { Invoice } from '../../src/store/billing/invoice-store';
import { TestApp } from '../support/test-app';
import { DAY, MINUTE } from '../support/builders';
import { runs, sameEachTime } from '../support/program/run-counts';

/**
 * Random lives of subscribers. Whatever changes between a charge and its correction, in the end each moment is paid
 * for once, by the plan that was in force, at the terms it was charged at; the journal and the books agree.
 */

jest.setTimeout(1_800_000);

const ZONE = 'Asia/Manila';
const PLAN = { price: '1000', billing_cycle: 'monthly' };

let shop: TestApp;
beforeEach(async () => {
  const profiles = [
    { name: 'Home', ...PLAN, setup_fee: '250' },
    { name: 'Fast', ...PLAN, price: '2000', rate_down: '9M' },
    { name: 'Weekly', ...PLAN, price: '300', billing_cycle: 'weekly' },
    { name: 'Dollar', ...PLAN, price: '20', currency: 'USD' },
  ];
  shop = await TestApp.start({ profiles });
  shop.clock.set('2027-01-01T02:00:00Z');
});
afterEach(() => shop.close());

const subscribers = () => shop.app.services.subscribers;
const billing = () => shop.app.services.billing;
const invoicesOf = (subscriberId: number) => shop.app.stores.invoices.list({ subscriberId });

type PlanName = 'Home' | 'Fast' | 'Weekly' | 'Dollar';

/** What happens to one subscriber. */
type Act =
  | { what: 'discount' | 'tax'; value: number }
  | { what: 'prorate'; by: ProrateBy }
  | { what: 'currency'; of: 'PHP' | 'USD' }
  | { what: 'plan'; plan: PlanName; when: 'now' | 'cycle-end' | number; price: number | null }
  | { what: 'cancel'; when: 'now' | 'cycle-end' }
  | { what: 'reset' | 'suspend' | 'resume' | 'drop' | 'issue' }
  | { what: 'come back'; plan: PlanName; days: number }
  | { what: 'void'; which: number; chargeAgain: boolean }
  | { what: 'charge' | 'pay'; amount: number }
  | { what: 'ahead'; days: number; drafts: boolean }
  | { what: 'wait'; days: number };

const plan = fc.constantFrom<PlanName>('Home', 'Fast', 'Weekly', 'Dollar');
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const act: fc.Arbitrary<Act> = fc.oneof(
  often(2, fc.record({
    what: fc.constantFrom('discount' as const, 'tax' as const),
    value: fc.constantFrom(0, 333, 1_200, 5_000, 10_000),
  })),
  often(1, fc.record({ what: fc.constant('prorate' as const), by: fc.constantFrom('day', 'second') })),
  often(1, fc.record({ what: fc.constant('currency' as const), of: fc.constantFrom('PHP', 'USD') })),
  often(5, fc.record({
    ...{ what: fc.constant('plan' as const), plan },
    when: fc.oneof(fc.constantFrom('now' as const, 'cycle-end' as const), fc.integer({ min: 1, max: 40 })),
    price: fc.option(fc.nat(200_000), { nil: null, freq: 2 }),
  })),
  often(1, fc.record({ what: fc.constant('cancel' as const), when: fc.constantFrom('now', 'cycle-end') })),
  often(3, fc.record({
    what: fc.constantFrom('reset' as const, 'suspend' as const, 'resume' as const, 'drop' as const, 'issue' as const),
  })),
  often(2, fc.record({ what: fc.constant('come back' as const), plan, days: fc.nat(9) })),
  often(2, fc.record({ what: fc.constant('void' as const), which: fc.nat(9), chargeAgain: fc.boolean() })),
  often(2, fc.record({
    what: fc.constantFrom('charge' as const, 'pay' as const),
    amount: fc.integer({ min: -50_000, max: 300_000 }),
  })),
  often(2, fc.record({ what: fc.constant('ahead' as const), days: fc.integer({ min: 1, max: 90 }), drafts: fc.boolean() })),
  often(4, fc.record({ what: fc.constant('wait' as const), days: fc.integer({ min: 0, max: 40 }) })),
); // prettier-ignore

/** The circumstances of a life, as whoever lives it knows them. */
interface Circumstances {
  discount: number;
  tax: number;
}

const tally = { lives: 0, credits: 0, voids: 0, returns: 0, refused: 0 };

test('each moment is paid for once, at the terms it was charged at, whatever happens meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[fc.array(act, { minLength: 3, maxLength: 16 }), plan],
      ...[fc.constantFrom(0, 1_000, 5_000), fc.constantFrom(0, 1_200)],
      live,
    ),
    { numRuns: runs(2_000, 40), ...sameEachTime(20_261_125) },
  );
  // So many lives have some of everything.
  const { lives, credits, voids, returns, refused } = tally;
  expect(credits).toBeGreaterThan(0);
  const share = Math.min(voids, returns, refused) / lives;
  expect([share > 0.02 || lives < 2_000, tally]).toEqual([true, tally]);
});

async function live(acts: readonly Act[], first: PlanName, discount: number, tax: number) {
  tally.lives += 1;
  const now: Circumstances = { discount, tax };
  shop.app.services.shop.get().currency = first === 'Dollar' ? 'USD' : 'PHP';
  await billing().setRules({ tax, dueDays: 7, graceDays: 40, prorateBy: 'day' }, 'maria');
  const { id } = await subscribers().add({ name: 'Joy', discount }, 'maria');
  await subscribers().assign(id, { plan: first }, undefined, 'maria');
  const made = new Map<number, Circumstances>();
  const paused: { from: Date; to: Date | undefined }[] = [];
  const note = async () => {
    await billing().account(id); // brings the books up to date
    for (const one of await invoicesOf(id)) if (!made.has(one.id)) made.set(one.id, { ...now });
    const states: { status: string; at: string }[] = await shop.app
      .db('subscriber_states')
      .where({ subscriber_id: id })
      .orderBy('id');
    paused.splice(0);
    for (const { status, at } of states) {
      const last = paused.at(-1);
      if (last && !last.to) last.to = new Date(at);
      // By the day, a cycle that began that day is not charged for the morning either.
      if (status === 'suspended') paused.push({ from: midnightOf(new Date(at)), to: undefined });
    }
  };
  await note();
  const again = new Set<number>();
  for (const one of acts) {
    shop.clock.advance(MINUTE);
    await perform(id, one, now, again).catch((error: Error) => {
      if (!/^(Conflict|InvalidInput|NotFound)$/.test(error.constructor.name)) throw error;
      tally.refused += 1;
    });
    await note();
    await expectWhole(id);
  }
  await end(id);
  await note();
  await expectWhole(id);
  await expectFair(id, made);
  await expectEachMomentOnce(id, paused, again);
}

/** @throws Conflict and others, where it cannot be */
async function perform(
  id: number,
  one: Act,
  now: Circumstances,
  again: Set<number>,
): Promise<void> {
  const services = shop.app.services;
  const at = (days: number) => new Date(shop.clock.now().getTime() + days * DAY);
  const money = (amount: number) => ({ amount, currency: services.shop.get().currency });
  switch (one.what) {
    case 'discount':
      await subscribers().edit(id, { discount: one.value }, 'maria');
      now.discount = one.value;
      return;
    case 'tax':
      await billing().setRules({ tax: one.value }, 'maria');
      now.tax = one.value;
      return;
    case 'prorate':
      await billing().setRules({ prorateBy: one.by }, 'maria');
      return;
    case 'currency':
      services.shop.get().currency = one.of;
      return;
    case 'plan': {
      const to = { plan: one.plan, price: one.price ?? undefined };
      const when = typeof one.when === 'number' ? at(one.when) : one.when;
      await subscribers().changePlan(id, to, when, 'maria');
      return;
    }
    case 'cancel':
      await subscribers().changePlan(id, null, one.when, 'maria');
      return;
    case 'come back':
      await subscribers().assign(id, { plan: one.plan }, at(one.days), 'maria');
      tally.returns += 1;
      return;
    case 'reset':
      await subscribers().resetCycle(id, 'maria');
      return;
    case 'suspend':
      await subscribers().suspend(id, 'away', 'maria');
      return;
    case 'resume':
      await subscribers().resume(id, 'maria');
      return;
    case 'drop':
      for (const change of await subscribers().changes(id)) {
        await subscribers().dropChange(change.id, 'maria');
      }
      return;
    case 'issue':
      for (const { id: draft, status } of await invoicesOf(id)) {
        if (status === 'draft') await billing().issue(draft, 'maria');
      }
      return;
    case 'void': {
      const all = await invoicesOf(id);
      const chosen = all[one.which % Math.max(1, all.length)];
      if (!chosen) return;
      await billing().void(chosen.id, 'mistyped', 'maria', { chargeAgain: one.chargeAgain });
      if (one.chargeAgain) again.add(chosen.id);
      tally.voids += 1;
      return;
    }
    case 'charge':
      await subscribers().charge(id, { text: 'cable', money: money(one.amount) }, 'maria');
      return;
    case 'pay':
      await billing().pay({ subscriberId: id, money: money(one.amount) }, 'ana');
      return;
    case 'ahead':
      await billing().run(at(one.days), one.drafts, 'maria');
      return;
    case 'wait':
      shop.clock.advance(one.days * DAY);
  }
}

/** Ends the subscription now, so that all that is left to correct is on an invoice. */
async function end(id: number): Promise<void> {
  shop.clock.advance(MINUTE);
  await billing().account(id);
  const { status } = await subscribers().find(id);
  for (const change of await subscribers().changes(id)) {
    await subscribers().dropChange(change.id, 'maria');
  }
  const last = (await shop.app.stores.subscribers.plansOf(id)).at(-1)!;
  if (last.from > shop.clock.now()) shop.clock.set(last.from.toISOString());
  if (status === 'cancelled') {
    const own = shop.app.services.shop.get().currency === 'USD' ? 'Dollar' : 'Fast';
    await subscribers().assign(id, { plan: own }, undefined, 'maria');
    shop.clock.advance(MINUTE);
  }
  await subscribers().changePlan(id, null, 'now', 'maria');
  for (;;) {
    const draft = (await invoicesOf(id)).find((one) => one.status === 'draft');
    if (!draft) return;
    await billing().issue(draft.id, 'maria');
  }
}

/** The account, the invoices, the payments and the journal say the same of each currency. */
async function expectWhole(id: number): Promise<void> {
  const { owed, owedElse } = await billing().account(id);
  const all = await invoicesOf(id);
  const payments = await shop.app.stores.payments.list(id);
  const journal: { kind: string; currency: string; amount_minor: number }[] = await shop.app
    .db('money_journal')
    .where({ subject: `subscriber ${id}` })
    .orWhereLike('detail', `{"subscriber":${id},%`);
  const here = shop.app.services.shop.get().currency;
  for (const currency of ['PHP', 'USD']) {
    const asked = all
      .filter((one) => one.currency === currency && ['issued', 'paid'].includes(one.status))
      .reduce((sum, { total }) => sum + total, 0);
    const paid = payments
      .filter(({ money }) => money.currency === currency)
      .reduce((sum, { money }) => sum + money.amount, 0);
    const balance =
      currency === here ? owed : (owedElse.find((one) => one.currency === currency)?.amount ?? 0);
    expect(balance).toBe(asked - paid);
    const booked = (kinds: string[]) =>
      journal
        .filter((row) => row.currency === currency && kinds.includes(row.kind))
        .reduce((sum, row) => sum + row.amount_minor, 0);
    expect([booked(['invoice', 'invoice void']), booked(['payment', 'refund'])]).toEqual([
      asked,
      paid,
    ]);
  }
}

interface Line {
  id: number;
  invoice: Invoice;
  kind: string;
  text: string;
  amount: number;
  from: number;
  to: number;
  corrects: number | null;
  price: number;
  cycle: { startedAt: Date; endsAt: Date };
  prorateBy: ProrateBy;
}

/** Of invoices that are not void. */
async function linesOf(id: number): Promise<Line[]> {
  const invoices = new Map((await invoicesOf(id)).map((one) => [one.id, one]));
  const rows = (await shop.app.db('invoice_lines').whereIn('invoice_id', [...invoices.keys()]).orderBy('id')) as
    Record<string, string | number | null>[]; // prettier-ignore
  return rows
    .map((row) => ({
      ...{ id: Number(row.id), invoice: invoices.get(Number(row.invoice_id))! },
      ...{ kind: String(row.kind), text: String(row.text), amount: Number(row.amount_minor) },
      ...{ from: Date.parse(String(row.from_at)), to: Date.parse(String(row.to_at)) },
      ...{ corrects: row.corrects_id as number | null, price: Number(row.price_minor) },
      cycle: { startedAt: new Date(row.cycle_from!), endsAt: new Date(row.cycle_to!) },
      prorateBy: row.prorate_by as ProrateBy,
    }))
    .filter(({ invoice }) => invoice.status !== 'void');
}

/**
 * Each line is left with the price of the time that nobody gave back; each invoice asks for its lines at the discount
 * and tax of the day on which they were charged, to a centavo for each line.
 */
async function expectFair(id: number, made: ReadonlyMap<number, Circumstances>): Promise<void> {
  const lines = await linesOf(id);
  const known = new Map(lines.map((line) => [line.id, line]));
  for (const line of lines.filter(({ kind }) => kind === 'plan' || kind === 'charge')) {
    const credits = lines.filter(({ corrects }) => corrects === line.id);
    const end = Math.min(line.to, ...credits.map(({ from }) => from));
    const left = credits.reduce((sum, { amount }) => sum + amount, line.amount);
    const { price, cycle, prorateBy } = line;
    const used = partOfPrice(price, cycle, new Date(line.from), new Date(end), {
      by: prorateBy,
      zone: ZONE,
    });
    expect([line.text, left]).toEqual([line.text, used]);
    tally.credits += credits.length;
  }
  for (const invoice of new Set(lines.map((line) => line.invoice))) {
    const own = lines.filter((line) => line.invoice === invoice);
    const asked = own.reduce((sum, { kind, amount, corrects }) => {
      if (kind === 'discount' || kind === 'tax') return sum;
      const charged = corrects === null ? invoice : known.get(corrects)!.invoice;
      const { discount, tax } = made.get(charged.id)!;
      const off = ['plan', 'credit', 'charge'].includes(kind) ? 1 - discount / 10_000 : 1;
      return sum + amount * off * (1 + tax / 10_000);
    }, 0);
    expect(Math.abs(invoice.total - asked)).toBeLessThan(1 + own.length);
  }
}

/** No moment is paid for twice, and none by another plan than the one in force; free is what was void or suspended. */
async function expectEachMomentOnce(
  id: number,
  paused: readonly { from: Date; to: Date | undefined }[],
  again: ReadonlySet<number>,
): Promise<void> {
  const lines = (await linesOf(id)).filter(({ kind }) =>
    ['plan', 'charge', 'credit'].includes(kind),
  );
  const plans = await shop.app.stores.subscribers.plansOf(id);
  const names = new Map((await shop.app.services.plans.list()).map((one) => [one.id, one.name]));
  const unpaid = (await invoicesOf(id)).filter(
    (one) => one.status === 'void' && one.planPrice !== null && !again.has(one.id),
  );
  // Of a change from one currency to another, credit and charge are on two invoices: each is void by itself.
  const halves: { from: string; to: string }[] = await shop.app
    .db('invoice_lines as charges')
    .join('invoices as gone', 'gone.id', 'charges.invoice_id')
    .join('invoice_lines as credits', 'credits.from_at', 'charges.from_at')
    .join('invoices as kept', 'kept.id', 'credits.invoice_id')
    .where({ 'gone.subscriber_id': id, 'gone.status': 'void', 'charges.kind': 'charge' })
    .where({ 'kept.subscriber_id': id, 'credits.kind': 'credit' })
    .whereNot('kept.status', 'void')
    .whereRaw('kept.currency <> gone.currency')
    .select('charges.from_at as from', 'charges.to_at as to');
  const free = [
    ...unpaid.map(({ periodFrom, cycle }) => ({ from: periodFrom, to: cycle.endsAt })),
    ...halves.map(({ from, to }) => ({ from: new Date(from), to: new Date(to) })),
    ...paused.map(({ from, to }) => ({ from, to: to ?? new Date(8.64e15) })),
  ];
  const bounds = [
    ...lines.flatMap(({ from, to }) => [from, to]),
    ...plans.map(({ from }) => from.getTime()),
    ...free.flatMap(({ from, to }) => [from.getTime(), to.getTime()]),
  ].toSorted((a, b) => a - b);
  const last = shop.clock.now().getTime();
  for (const [n, from] of bounds.entries()) {
    const to = bounds[n + 1];
    if (to === undefined || to === from) continue;
    const charged = new Map<string, number>();
    for (const line of lines.filter((one) => one.from <= from && one.to >= to)) {
      const name =
        line.kind === 'credit' ? lines.find((one) => one.id === line.corrects)!.text : line.text;
      charged.set(name, (charged.get(name) ?? 0) + (line.kind === 'credit' ? -1 : 1));
    }
    const found = [...charged].filter(([, times]) => times !== 0);
    const inForce = planAt(plans, from);
    const due = inForce?.planId && from < last ? [[names.get(inForce.planId), 1]] : [];
    const isFree = free.some((one) => one.from.getTime() <= from && one.to.getTime() >= to);
    const when = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    if (isFree && found.length === 0) continue;
    expect([when, found]).toEqual([when, due]);
  }
}

/** In Manila, which is eight hours ahead and has no summer time. */
function midnightOf(at: Date): Date {
  const ahead = 8 * 60 * MINUTE;
  return new Date(Math.floor((at.getTime() + ahead) / DAY) * DAY - ahead);
}

function planAt(plans: readonly SubscriberPlan[], at: number): SubscriberPlan | undefined {
  return plans.findLast(({ from }) => from.getTime() <= at);
}
