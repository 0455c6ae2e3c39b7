import { parsePercent } from '../../src/domain/billing/percent';
import { isoTime } from '../../src/clock';
import type { App } from '../../src/compose';
import type { ChangeTime } from '../../src/domain/billing/plan-change';
import { LOGIN_KINDS, type SubscriberDraft } from '../../src/domain/billing/subscriber';
import { oneOf as oneOfWords, parseDay } from '../../src/domain/plans/plan-values';
import { formatMoney, type Money } from '../../src/domain/units';
import { invoiceJson, subscriberJson } from '../../src/services/json-shapes';
import { actor } from '../shell/actor';
import { plans } from '../shell/choices';
import { asTyped, command, flag, option, optionalSecret, requiredOption } from '../shell/command';
import { NONE, timeText } from '../shell/figures';
import { fieldList, textTable } from '../shell/text-table';
import { amountOf, dayStart, readWhen, SUBSCRIBER } from './billing-values';

const PLAN = requiredOption('--plan <name>', 'the plan', asTyped, plans);
const PRICE = option('--price <amount>', 'a price of its own for each cycle', asTyped);

const PARTICULARS = {
  contact: option('--contact <text>', 'telephone or mail', asTyped),
  address: option('--address <text>', 'where they live', asTyped),
  notes: option('--notes <text>', 'anything else', asTyped),
  loginKind: option('--login-kind <kind>', 'hotspot or pppoe', oneOfWords(LOGIN_KINDS)),
  login: option('--login <name>', 'the name they log in with', asTyped),
  password: optionalSecret(
    '--password-stdin',
    'read the password of the login from standard input; nobody comes in without one',
  ),
  staticAddress: option('--static-address <ip>', 'a PPPoE line always has it', asTyped),
  discount: option('--discount <percent>', 'off the plan’s price: 10, 2.5', parsePercent),
};

export const listSubscribers = command({
  name: 'subscribers list',
  summary: 'Show who pays by the cycle',
  example: 'subscribers list',
  parameters: {},
  run: (app) => app.services.subscribers.list(),
  json: (found) => found.map(subscriberJson),
  text: (found, timeZone) =>
    textTable(
      [
        { title: 'ID', align: 'right' },
        { title: 'Name', elastic: true },
        { title: 'Login', elastic: true },
        { title: 'Status' },
        { title: 'Cycle ends' },
      ],
      found.map(({ id, name, login, status, billedTo }) => [
        ...[String(id), name, login ?? NONE, status],
        billedTo ? timeText(billedTo, timeZone) : NONE,
      ]),
      'There are no subscribers yet.',
    ),
});

export const showSubscriber = command({
  name: 'subscribers show',
  summary: 'Show one subscriber: plan, what is to change, what is owed',
  example: 'subscribers show 1',
  parameters: { id: SUBSCRIBER },
  run: async (app, { id }) => ({
    ...(await app.services.subscribers.show(id)),
    currency: app.services.shop.get().currency,
  }),
  json: ({ subscriber, plan, pending, owed, owedElse, invoices, currency }) => ({
    ...subscriberJson(subscriber),
    plan: plan?.name ?? null,
    planSince: isoTime(plan?.from ?? null),
    owed: { amount: owed, currency },
    owedElse,
    pending: pending.map(({ id, planId, at }) => ({ id, planId, at: isoTime(at) })),
    invoices: invoices.map((one) => ({
      ...invoiceJson(one),
      paid: { amount: one.paid, currency: one.currency },
    })),
  }),
  text: ({ subscriber, plan, pending, owed, owedElse, currency }, timeZone) =>
    fieldList([
      ['Name', subscriber.name],
      [
        'Status',
        subscriber.status + (subscriber.suspendedFor ? `: ${subscriber.suspendedFor}` : ''),
      ],
      ['Contact', subscriber.contact || NONE],
      ['Address', subscriber.address || NONE],
      ['Login', subscriber.login ? `${subscriber.login} (${subscriber.loginKind})` : NONE],
      ['Plan', plan?.name || NONE],
      ['Cycle ends', subscriber.billedTo ? timeText(subscriber.billedTo, timeZone) : NONE],
      [
        'Changes',
        pending.map(({ id, at }) => `${id}: ${timeText(at, timeZone)}`).join(', ') || NONE,
      ],
      ...[{ amount: owed, currency }, ...owedElse].map((one): [string, string] => [
        one.amount < 0 ? 'Credit' : 'Owes',
        formatMoney({ ...one, amount: Math.abs(one.amount) }),
      ]),
    ]),
});

export const addSubscriber = command({
  name: 'subscribers add',
  summary: 'Add a customer who pays by the cycle',
  example: 'subscribers add --name Joy --contact 09171234567 --login joy',
  parameters: { name: requiredOption('--name <name>', 'the name', asTyped), ...PARTICULARS },
  run: (app, given) => app.services.subscribers.add(present(given), actor()),
  json: subscriberJson,
  text: ({ id, name }) => `${name} is subscriber ${id}.`,
});

export const editSubscriber = command({
  name: 'subscribers edit',
  summary: 'Change what is known of a subscriber',
  example: 'subscribers edit 1 --contact 09181234567',
  parameters: {
    id: SUBSCRIBER,
    name: option('--name <name>', 'the name', asTyped),
    ...PARTICULARS,
  },
  run: (app, { id, ...given }) => app.services.subscribers.edit(id, present(given), actor()),
  json: subscriberJson,
  text: ({ id }) => `Subscriber ${id} is changed.`,
});

export const assignPlan = command({
  name: 'subscribers assign',
  summary: 'Give a subscriber the first plan; cycles begin at midnight of that day',
  example: 'subscribers assign 1 --plan Home --from 2026-12-01',
  parameters: {
    id: SUBSCRIBER,
    plan: PLAN,
    from: option('--from <day>', 'the first day, if not today', parseDay),
    price: PRICE,
  },
  run: async (app, { id, plan, from, price }) => {
    const start = from === undefined ? undefined : dayStart(app, from);
    const { subscribers } = app.services;
    await subscribers.assign(id, { plan, price: priceOf(app, price) }, start, actor());
    return subscribers.find(id);
  },
  json: subscriberJson,
  text: ({ id }) => `Subscriber ${id} has a plan.`,
});

export const changePlan = command({
  name: 'subscribers change-plan',
  summary: 'Change the plan now, at the end of the cycle, or on a day',
  example: 'subscribers change-plan 1 --plan Fast --at cycle-end',
  parameters: {
    id: SUBSCRIBER,
    plan: PLAN,
    at: option('--at <when>', 'now, cycle-end or a day; now without it', readWhen),
    price: PRICE,
  },
  run: (app, { id, plan, at, price }) => {
    const to = { plan, price: priceOf(app, price) };
    return app.services.subscribers.changePlan(id, to, whenOf(app, at), actor());
  },
  json: changeJson,
  text: ({ at }, timeZone) => `The plan changes ${timeText(at, timeZone)}.`,
});

export const cancelSubscriber = command({
  name: 'subscribers cancel',
  summary: 'End a subscription; what was paid in advance is credit',
  example: 'subscribers cancel 1 --at cycle-end',
  parameters: {
    id: SUBSCRIBER,
    at: option('--at <when>', 'now, cycle-end or a day; cycle-end without it', readWhen),
  },
  run: (app, { id, at }) =>
    app.services.subscribers.changePlan(id, null, whenOf(app, at ?? 'cycle-end'), actor()),
  json: changeJson,
  text: ({ at }, timeZone) => `The subscription ends ${timeText(at, timeZone)}.`,
});

export const dropPlanChange = command({
  name: 'subscribers drop-change',
  summary: 'Cancel a change of plan that is still to come',
  example: 'subscribers drop-change 3',
  parameters: { id: { ...SUBSCRIBER, summary: 'the number of the change, from subscribers show' } },
  run: async (app, { id }) => {
    await app.services.subscribers.dropChange(id, actor());
    return { id };
  },
  text: ({ id }) => `Change ${id} will not happen.`,
});

export const suspendSubscriber = command({
  name: 'subscribers suspend',
  summary: 'Suspend a subscriber; cycles that begin meanwhile are not charged',
  example: 'subscribers suspend 1 --reason holiday',
  parameters: { id: SUBSCRIBER, reason: option('--reason <text>', 'why', asTyped) },
  run: (app, { id, reason }) => app.services.subscribers.suspend(id, reason ?? '', actor()),
  json: subscriberJson,
  text: ({ name }) => `${name} is suspended.`,
});

export const resumeSubscriber = command({
  name: 'subscribers resume',
  summary: 'End a suspension',
  example: 'subscribers resume 1',
  parameters: { id: SUBSCRIBER },
  run: (app, { id }) => app.services.subscribers.resume(id, actor()),
  json: subscriberJson,
  text: ({ name }) => `${name} is active.`,
});

export const resetSubscriberCycle = command({
  name: 'subscribers reset-cycle',
  summary: 'Begin the next cycle now, with nothing used; the rest of the old one is credited',
  example: 'subscribers reset-cycle 1',
  parameters: { id: SUBSCRIBER },
  run: (app, { id }) => app.services.subscribers.resetCycle(id, actor()),
  json: subscriberJson,
  text: ({ name }) => `The next cycle of ${name} has begun.`,
});

export const chargeSubscriber = command({
  name: 'subscribers charge',
  summary: 'Put a charge or a credit note on the next invoice',
  example: 'subscribers charge 1 --for cable --amount 150',
  parameters: {
    id: SUBSCRIBER,
    for: requiredOption('--for <text>', 'what it is for', asTyped),
    amount: requiredOption('--amount <amount>', 'how much', asTyped),
    credit: flag('--credit', 'a credit note: the subscriber pays less'),
  },
  run: async (app, { id, for: text, amount: typed, credit }) => {
    const { amount, currency } = amountOf(app, typed);
    const money = { amount: credit ? -amount : amount, currency };
    await app.services.subscribers.charge(id, { text, money }, actor());
    return { id, text, money };
  },
  text: ({ text, money }) => `On the next invoice: ${text}, ${formatMoney(money)}.`,
});

function changeJson({ id, subscriberId, at }: { id: number; subscriberId: number; at: Date }) {
  return { id, subscriberId, at: isoTime(at) };
}

function whenOf(app: App, typed = 'now'): ChangeTime {
  return typed === 'now' || typed === 'cycle-end' ? typed : dayStart(app, typed);
}

function priceOf(app: App, typed: string | undefined): Money['amount'] | undefined {
  return typed === undefined ? undefined : amountOf(app, typed, '--price').amount;
}

/** Without what was not given. */
function present(given: { [Name in keyof SubscriberDraft]?: SubscriberDraft[Name] | undefined }) {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<SubscriberDraft>;
}
