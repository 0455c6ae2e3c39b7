import type { Money } from '../units';

/** What an invoice that was issued asks for; `total` may be below zero. */
export interface OpenInvoice {
  id: number;
  total: number;
  dueAt: Date;
}

export interface SettledInvoice extends OpenInvoice {
  paid: number;
  isPaid: boolean;
}

export type Standing = 'clear' | 'open' | 'overdue' | 'past-grace';

/**
 * Money goes to the invoice it was paid for, and what is left to the oldest first; one below zero pays for others.
 * @param invoices issued ones, in the order of their numbers, without void ones
 * @param received payments less refunds, in minor units
 * @param meant how much of that was paid for an invoice, by its id
 * @returns the same with what was paid of each, and the credit that is left
 */
export function settle(
  invoices: readonly OpenInvoice[],
  received: number,
  meant: ReadonlyMap<number, number> = new Map(),
): { invoices: SettledInvoice[]; credit: number } {
  const given = invoices.reduce((sum, { total }) => sum - Math.min(0, total), 0);
  let left = Math.max(0, received) + given;
  const take = (most: number) => {
    const taken = Math.min(most, left);
    left -= taken;
    return taken;
  };
  const first = invoices.map(({ id, total }) =>
    take(Math.min(Math.max(0, total), meant.get(id) ?? 0)),
  );
  const settled = invoices.map((invoice, n) => {
    const owed = Math.max(0, invoice.total);
    const paid = first[n]! + take(owed - first[n]!);
    return { ...invoice, paid, isPaid: paid === owed };
  });
  return { invoices: settled, credit: left };
}

/** Money that came in, or was given back. */
export interface Received extends Money {
  /** The invoice it was paid for; `null`: the oldest first. */
  invoiceId: number | null;
}

/**
 * The same for each currency by itself: money of one never pays for what is asked in another.
 * @param received payments, and refunds below zero
 * @returns the credit that is left of each currency that has any
 */
export function settleEach<T extends OpenInvoice & { currency: string }>(
  invoices: readonly T[],
  received: readonly Received[],
): { invoices: (T & SettledInvoice)[]; credits: Money[] } {
  const currencies = new Set([...invoices, ...received].map(({ currency }) => currency));
  const meant = new Map<number, number>();
  for (const { amount, invoiceId } of received) {
    if (invoiceId !== null) meant.set(invoiceId, (meant.get(invoiceId) ?? 0) + amount);
  }
  const settled = new Map<number, SettledInvoice>();
  const credits: Money[] = [];
  for (const currency of currencies) {
    const sum = received.reduce(
      (all, one) => all + (one.currency === currency ? one.amount : 0),
      0,
    );
    const own = invoices.filter((invoice) => invoice.currency === currency);
    const one = settle(own, sum, meant);
    for (const invoice of one.invoices) settled.set(invoice.id, invoice);
    if (one.credit > 0) credits.push({ amount: one.credit, currency });
  }
  return { invoices: invoices.map((one) => ({ ...one, ...settled.get(one.id)! })), credits };
}

/** How somebody stands who has these invoices, at this moment. The grace begins at the due time. */
export function standingAt(
  invoices: readonly SettledInvoice[],
  now: Date,
  graceMs: number,
): Standing {
  const open = invoices.filter(({ isPaid }) => !isPaid);
  if (open.length === 0) return 'clear';
  const end = graceEnd(open, graceMs)!;
  if (end <= now) return 'past-grace';
  return open.some(({ dueAt }) => dueAt <= now) ? 'overdue' : 'open';
}

/** When the grace of the oldest unpaid invoice is over; `undefined` if all are paid. */
export function graceEnd(
  invoices: readonly { dueAt: Date; isPaid: boolean }[],
  graceMs: number,
): Date | undefined {
  const dues = invoices.filter(({ isPaid }) => !isPaid).map(({ dueAt }) => dueAt.getTime());
  return dues.length === 0 ? undefined : new Date(Math.min(...dues) + graceMs);
}
