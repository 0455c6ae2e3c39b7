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
 * Money goes to the oldest invoice first; one below zero pays for others.
 * @param invoices issued ones, in the order of their numbers, without void ones
 * @param received payments less refunds, in minor units
 * @returns the same with what was paid of each, and the credit that is left
 */
export function settle(
  invoices: readonly OpenInvoice[],
  received: number,
): { invoices: SettledInvoice[]; credit: number } {
  const given = invoices.reduce((sum, { total }) => sum - Math.min(0, total), 0);
  let left = Math.max(0, received) + given;
  const settled = invoices.map((invoice) => {
    const owed = Math.max(0, invoice.total);
    const paid = Math.min(owed, left);
    left -= paid;
    return { ...invoice, paid, isPaid: paid === owed };
  });
  return { invoices: settled, credit: left };
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
