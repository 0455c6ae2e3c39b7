import { z } from 'zod';
import { isoTime } from '../../../clock';
import { LINE_KINDS } from '../../../domain/billing/invoice-lines';
import { invoiceJson } from '../../../services/json-shapes';
import type { Services } from '../../../services/services';
import type { Invoice } from '../../../store/billing/invoice-store';
import { PAYMENT_STATUSES, type Payment } from '../../../store/billing/payment-store';
import { operation } from '../operation';
import {
  changesOf,
  externalAnswer,
  externalBody,
  externalFilter,
  numberOf,
  oneCalled,
  withExternal,
} from './external';
import {
  amount,
  byId,
  count,
  id,
  idParams,
  money,
  pageOf,
  paging,
  range,
  readPage,
  spanOf,
  text,
  time,
  word,
} from '../schemas';

const TAG = 'Invoices and payments';
const STATUSES = ['draft', 'issued', 'paid', 'void'] as const;

const invoiceFields = {
  id: z.int(),
  number: count.nullable().describe('null while a draft'),
  subscriberId: z.int(),
  status: z.enum(STATUSES),
  plan: z.string(),
  cycleStartsAt: time,
  cycleEndsAt: time,
  periodStartsAt: time,
  total: money,
  issuedAt: time.nullable(),
  dueAt: time.nullable(),
  paidAt: time.nullable(),
  voidedAt: time.nullable(),
  voidReason: z.string().nullable(),
};

const invoice = z.object(invoiceFields).meta({ id: 'Invoice' });

const wholeInvoice = z
  .object({
    ...invoiceFields,
    lines: z.array(
      z.object({
        kind: z.enum(LINE_KINDS),
        text: z.string(),
        money,
        from: time.nullable(),
        to: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'InvoiceWithLines' });

const payment = z
  .object({
    id: z.int(),
    subscriberId: z.int(),
    money: money.describe('Below zero: a refund'),
    method: z.string(),
    note: z.string(),
    status: z.enum(PAYMENT_STATUSES),
    invoiceId: z.int().nullable().describe('Which it pays; null: the oldest first'),
    at: time,
    by: z.string(),
    ...externalAnswer,
  })
  .meta({ id: 'Payment' });

export const moneyOperations = [
  operation({
    id: 'listInvoices',
    method: 'get',
    path: '/invoices',
    tag: TAG,
    summary: 'Invoices, newest first',
    scope: 'sell',
    query: z.strictObject({
      ...paging,
      ...range,
      status: z.enum(STATUSES).optional(),
      subscriber: id.optional(),
    }),
    answer: pageOf(invoice),
    run: async ({ services }, { query: { status, subscriber, from, to, ...asked } }) => {
      const filter = { status, subscriberId: subscriber, ...spanOf(services, from, to) };
      const { items, next } = await readPage(asked, byId, (limit, after) =>
        services.billing.newestInvoices({ ...filter, before: after?.[0] }, limit),
      );
      return { items: items.map(invoiceJson), next };
    },
  }),
  operation({
    id: 'getInvoice',
    method: 'get',
    path: '/invoices/{id}',
    tag: TAG,
    summary: 'One invoice with its lines; its total is their sum',
    scope: 'sell',
    params: idParams,
    answer: wholeInvoice,
    run: async ({ services }, { params }) =>
      withLines(services, await services.billing.invoice(params.id)),
  }),
  operation({
    id: 'makeInvoice',
    method: 'post',
    path: '/invoices',
    tag: TAG,
    summary: 'An invoice by hand, beside those of the cycles; the tax is added',
    scope: 'admin',
    body: z.strictObject({
      subscriber: z.int().min(1),
      lines: z
        .array(z.strictObject({ text: word(200), amount }))
        .min(1)
        .max(100),
      draft: z.boolean().optional().describe('It is issued later'),
    }),
    answer: wholeInvoice,
    status: 201,
    location: (made) => `/invoices/${made.id}`,
    run: async ({ services }, { body: { subscriber, lines, draft }, by }) =>
      withLines(services, await services.billing.invoiceByHand(subscriber, lines, by, draft)),
  }),
  operation({
    id: 'issueInvoice',
    method: 'post',
    path: '/invoices/{id}/issue',
    tag: TAG,
    summary: 'Give a draft its number',
    scope: 'admin',
    params: idParams,
    answer: wholeInvoice,
    run: async ({ services }, { params, by }) => {
      await services.billing.issue(params.id, by);
      return withLines(services, await services.billing.invoice(params.id));
    },
  }),
  operation({
    id: 'voidInvoice',
    method: 'post',
    path: '/invoices/{id}/void',
    tag: TAG,
    summary: 'Void an invoice; its number stays used, and what was paid for it is credit',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({
      reason: word(200),
      chargeAgain: z.boolean().optional().describe('Its cycle is charged again'),
    }),
    answer: wholeInvoice,
    run: async ({ services }, { params, body: { reason, chargeAgain }, by }) =>
      withLines(services, await services.billing.void(params.id, reason, by, { chargeAgain })),
  }),
  operation({
    id: 'addCharge',
    method: 'post',
    path: '/subscribers/{id}/charges',
    tag: TAG,
    summary: 'Put a charge on the next invoice; below zero it is a credit note',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({ text: word(200), amount }),
    run: ({ services }, { params, body: { text: what, amount: size }, by }) => {
      const charge = {
        text: what,
        money: { amount: size, currency: services.shop.get().currency },
      };
      return services.subscribers.charge(params.id, charge, by);
    },
  }),
  operation({
    id: 'listPayments',
    method: 'get',
    path: '/payments',
    tag: TAG,
    summary: 'Payments and refunds, newest first',
    scope: 'sell',
    query: z.strictObject({
      ...paging,
      ...range,
      ...externalFilter,
      status: z.enum(PAYMENT_STATUSES).optional(),
      subscriber: id.optional(),
    }),
    answer: pageOf(payment),
    run: async (
      { services },
      { query: { subscriber, status, from, to, external_id: theirs, ...asked } },
    ) => {
      const only = await oneCalled(services, 'payment', theirs);
      if (only === null) return { items: [], next: null };
      const filter = {
        ...{ id: numberOf(only), subscriberId: subscriber, status },
        ...spanOf(services, from, to),
      };
      const { items, next } = await readPage(asked, byId, (limit, after) =>
        services.billing.newestPayments({ ...filter, before: after?.[0] }, limit),
      );
      return { items: await paymentShapes(services, items), next };
    },
  }),
  operation({
    id: 'getPayment',
    method: 'get',
    path: '/payments/{id}',
    tag: TAG,
    summary: 'One payment or refund',
    scope: 'sell',
    params: idParams,
    answer: payment,
    run: async ({ services }, { params }) =>
      (await paymentShapes(services, [await services.billing.payment(params.id)]))[0]!,
  }),
  operation({
    id: 'takePayment',
    method: 'post',
    path: '/subscribers/{id}/payments',
    tag: TAG,
    summary:
      'Take a payment; it pays the oldest invoice first, and ends a suspension for not paying',
    scope: 'sell',
    params: idParams,
    body: z.strictObject({
      amount: amount.min(1),
      invoice: z.int().min(1).optional().describe('The id of the one it pays first'),
      method: word(40).optional().describe('cash if not given'),
      note: text(200).optional(),
      ...externalBody,
    }),
    answer: z.object({ id: z.int() }),
    status: 201,
    location: paymentAt,
    run: async ({ services }, { params, body: { amount: taken, ...how }, by }) =>
      pay(services, params.id, taken, how, by),
  }),
  operation({
    id: 'refundPayment',
    method: 'post',
    path: '/subscribers/{id}/refunds',
    tag: TAG,
    summary: 'Give money back, at most what was paid',
    scope: 'admin',
    params: idParams,
    body: z.strictObject({
      amount: amount.min(1),
      method: word(40).optional().describe('cash if not given'),
      note: text(200).optional(),
      ...externalBody,
    }),
    answer: z.object({ id: z.int() }),
    status: 201,
    location: paymentAt,
    run: async ({ services }, { params, body: { amount: given, ...how }, by }) =>
      pay(services, params.id, -given, how, by),
  }),
];

function paymentAt(made: { id: number }): string {
  return `/payments/${made.id}`;
}

interface How {
  invoice?: number | undefined;
  method?: string | undefined;
  note?: string | undefined;
  external_id?: string | null | undefined;
  metadata?: Record<string, string> | undefined;
}

async function pay(
  { billing, externalFields, shop }: Services,
  subscriberId: number,
  size: number,
  { method, note, invoice: paysFor, ...sent }: How,
  by: string,
): Promise<{ id: number }> {
  const paid = { amount: size, currency: shop.get().currency };
  const book = () => billing.pay({ subscriberId, money: paid, method, note, invoice: paysFor }, by);
  return {
    id: await externalFields.beside('payment', changesOf(sent), by, book, (booked) => booked),
  };
}

async function withLines({ billing }: Services, one: Invoice) {
  const lines = await billing.linesOf(one.id);
  return {
    ...invoiceJson(one),
    lines: lines.map(({ kind, text: what, amount: size, period }) => ({
      ...{ kind, text: what, money: { amount: size, currency: one.currency } },
      from: isoTime(period?.startedAt ?? null),
      to: isoTime(period?.endsAt ?? null),
    })),
  };
}

function paymentShapes(services: Services, rows: readonly Payment[]) {
  return withExternal(
    services,
    'payment',
    rows,
    ({ id: of }) => of,
    ({ at, ...rest }) => ({
      ...rest,
      status: PAYMENT_STATUSES[rest.money.amount > 0 ? 0 : 1],
      at: at.toISOString(),
    }),
  );
}
