import { parsePercent } from '../../src/domain/billing/percent';
import { isoTime } from '../../src/clock';
import type { App } from '../../src/compose';
import { USUAL_RULES } from '../../src/domain/billing/subscriber';
import { oneOf, parseDay, parseFlag } from '../../src/domain/plans/plan-values';
import { rangesBetween } from '../../src/domain/shop/shop-day';
import { formatMoney } from '../../src/domain/units';
import { invoiceJson } from '../../src/services/json-shapes';
import type { Payment } from '../../src/store/billing/payment-store';
import { actor } from '../shell/actor';
import { subscribers } from '../shell/choices';
import {
  asTyped,
  command,
  flag,
  option,
  requiredOption,
  wholeNumber,
  wholeOrZero,
} from '../shell/command';
import { NONE, timeText } from '../shell/figures';
import { fieldList, textTable } from '../shell/text-table';
import { amountOf, INVOICE } from './billing-values';

const OF_SUBSCRIBER = option('--subscriber <id>', 'of this subscriber only', wholeNumber);

export const listInvoices = command({
  name: 'invoices list',
  summary: 'Show invoices, drafts and void ones included',
  example: 'invoices list --subscriber 1',
  parameters: { subscriber: OF_SUBSCRIBER },
  run: (app, { subscriber }) => app.services.billing.invoices(subscriber),
  json: (found) => found.map(invoiceJson),
  text: (found, timeZone) =>
    textTable(
      [
        { title: 'ID', align: 'right' },
        { title: 'Number', align: 'right' },
        { title: 'Of', align: 'right' },
        { title: 'Plan', elastic: true },
        { title: 'Total', align: 'right' },
        { title: 'Due' },
        { title: 'Status' },
      ],
      found.map(({ id, number, subscriberId, planName, total, currency, dueAt, status }) => [
        ...[String(id), number === null ? NONE : String(number), String(subscriberId), planName],
        formatMoney({ amount: total, currency }),
        dueAt ? timeText(dueAt, timeZone) : NONE,
        status,
      ]),
      'There are no invoices yet.',
    ),
});

export const showInvoice = command({
  name: 'invoices show',
  summary: 'Show the lines of one invoice',
  example: 'invoices show 1',
  parameters: { id: INVOICE },
  run: async (app, { id }) => ({
    invoice: await app.services.billing.invoice(id),
    lines: await app.services.billing.linesOf(id),
  }),
  json: ({ invoice, lines }) => ({
    ...invoiceJson(invoice),
    lines: lines.map(({ kind, text, amount, period }) => ({
      ...{ kind, text, money: { amount, currency: invoice.currency } },
      from: isoTime(period?.startedAt ?? null),
      to: isoTime(period?.endsAt ?? null),
    })),
  }),
  text: ({ invoice: { number, total, currency, status }, lines }) =>
    [
      textTable(
        [{ title: 'For' }, { title: 'What', elastic: true }, { title: 'Amount', align: 'right' }],
        lines.map(({ kind, text, amount }) => [kind, text, formatMoney({ amount, currency })]),
        'It has no lines.',
      ),
      fieldList([
        ['Number', number === null ? NONE : String(number)],
        ['Total', formatMoney({ amount: total, currency })],
        ['Status', status],
      ]),
    ].join('\n'),
});

export const runBilling = command({
  name: 'invoices run',
  summary: 'Do what is due: changes of plans, invoices, suspensions; the server does it too',
  example: 'invoices run --until 2026-12-31',
  parameters: {
    until: option(
      '--until <day>',
      'invoices and changes up to the end of this day; nobody is suspended early',
      parseDay,
    ),
    drafts: flag('--drafts', 'leave the invoices to be issued one by one'),
    yes: flag('--yes', 'do not ask'),
  },
  question: async (app, { until, yes }) => {
    if (!until || yes) return undefined;
    const ahead = await app.services.billing.cyclesAhead(endOfDay(app, until));
    if (ahead <= 1) return undefined;
    return `This makes up to ${ahead} invoices for one subscriber, for cycles to come; a void one does not bring its cycle back.`;
  },
  run: (app, { until, drafts }) =>
    app.services.billing.run(until ? endOfDay(app, until) : undefined, drafts, actor()),
  text: ({ invoices, changes, suspended }) =>
    `${invoices} invoices, ${changes} changes of plan, ${suspended} suspended.`,
});

/** Not the cycle that begins at midnight: it is the next day's. */
function endOfDay({ services }: App, day: string): Date {
  const { to } = rangesBetween(day, day, services.shop.get().timeZone).spans[0]!;
  return new Date(to.getTime() - 1);
}

export const issueInvoice = command({
  name: 'invoices issue',
  summary: 'Give a draft its number; from now on it is owed',
  example: 'invoices issue 7',
  parameters: { id: INVOICE },
  run: async (app, { id }) => ({ id, number: await app.services.billing.issue(id, actor()) }),
  text: ({ number }) => `Invoice ${number} is issued.`,
});

export const voidInvoice = command({
  name: 'invoices void',
  summary: 'Void an invoice; what was paid for it is credit',
  example: 'invoices void 7 --reason mistyped',
  parameters: {
    id: INVOICE,
    reason: requiredOption('--reason <text>', 'why', asTyped),
    chargeAgain: flag(
      '--charge-again',
      'its cycle is charged again; without it nobody pays for it',
    ),
  },
  run: (app, { id, reason, chargeAgain }) =>
    app.services.billing.void(id, reason, actor(), { chargeAgain }),
  json: invoiceJson,
  text: ({ id }) => `Invoice ${id} is void.`,
});

export const billingRules = command({
  name: 'invoices rules',
  summary: 'Show or set when invoices are due, the grace, the tax and how parts are counted',
  example: 'invoices rules --due 7 --grace 3 --tax 12',
  parameters: {
    due: option(
      '--due <days>',
      `days until an invoice is due: ${USUAL_RULES.dueDays}; 0 is at once`,
      wholeOrZero,
    ),
    grace: option('--grace <days>', 'days after that until a suspension', wholeOrZero),
    tax: option('--tax <percent>', 'on all lines of an invoice', parsePercent),
    prorate: option('--prorate <unit>', 'by day or by second', oneOf(['day', 'second'] as const)),
    selfChange: option(
      '--self-change <yes/no>',
      'whether subscribers may change their plan themselves',
      parseFlag,
    ),
  },
  run: (app, { due, grace, tax, prorate, selfChange }) => {
    const own = { tax, prorateBy: prorate, customersChange: selfChange };
    const given = { dueDays: due, graceDays: grace, ...own };
    const set = Object.entries(given).filter(([, value]) => value !== undefined);
    const { billing } = app.services;
    return set.length === 0 ? billing.rules() : billing.setRules(Object.fromEntries(set), actor());
  },
  json: ({ tax, ...rules }) => ({ ...rules, taxPercent: tax / 100 }),
  text: ({ dueDays, graceDays, tax, prorateBy, customersChange }) =>
    fieldList([
      ['Due after', `${dueDays} days`],
      ['Grace', `${graceDays} days`],
      ['Tax', `${tax / 100}%`],
      ['Parts of a cycle', `by the ${prorateBy}`],
      ['Subscribers change plans', customersChange ? 'yes' : 'no'],
    ]),
});

export const addPayment = command({
  name: 'payments add',
  summary: 'Take a subscriber’s money; the oldest invoice is paid first, the rest is credit',
  example: 'payments add --subscriber 1 --amount 500',
  parameters: {
    subscriber: requiredOption('--subscriber <id>', 'who pays', wholeNumber, subscribers),
    amount: requiredOption('--amount <amount>', 'how much', asTyped),
    method: option('--method <text>', 'cash, GCash …; cash without it', asTyped),
    note: option('--note <text>', 'a reference, or why', asTyped),
    invoice: option('--invoice <id>', 'which it pays; the oldest first without it', wholeNumber),
    refund: flag('--refund', 'the money is given back'),
    yes: flag('--yes', 'do not ask'),
  },
  question: async (app, { subscriber, amount: typed, yes }) => {
    const money = amountOf(app, typed);
    if (yes || !(await app.services.billing.isUnusual(subscriber, money))) return undefined;
    return `${formatMoney(money)} is much more than usual for this subscriber.`;
  },
  run: async (app, { subscriber, amount: typed, method, note, invoice, refund }) => {
    const taken = amountOf(app, typed);
    const money = refund ? { ...taken, amount: -taken.amount } : taken;
    const { billing } = app.services;
    const payment = { subscriberId: subscriber, money, method, note, invoice };
    const id = await billing.pay(payment, actor());
    const { owed } = await billing.account(subscriber);
    return { id, subscriberId: subscriber, money, owed: { ...money, amount: owed } };
  },
  text: ({ owed }) =>
    owed.amount > 0
      ? `Noted. ${formatMoney(owed)} are still owed.`
      : `Noted. Credit: ${formatMoney({ ...owed, amount: -owed.amount || 0 })}.`,
});

export const listPayments = command({
  name: 'payments list',
  summary: 'Show what subscribers paid, and what they were given back',
  example: 'payments list --subscriber 1',
  parameters: { subscriber: OF_SUBSCRIBER },
  run: (app, { subscriber }) => app.services.billing.payments(subscriber),
  json: (found) => found.map((one: Payment) => ({ ...one, at: isoTime(one.at) })),
  text: (found, timeZone) =>
    textTable(
      [
        { title: 'Time' },
        { title: 'Of', align: 'right' },
        { title: 'Amount', align: 'right' },
        { title: 'Method', elastic: true },
        { title: 'By', elastic: true },
      ],
      found.map(({ at, subscriberId, money, method, by }) => [
        ...[timeText(at, timeZone), String(subscriberId), formatMoney(money), method, by],
      ]),
      'Nobody has paid yet.',
    ),
});
