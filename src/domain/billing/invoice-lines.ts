import { formatSize, type Money } from '../units';
import type { Span } from '../shop/shop-calendar';
import { parsePercent } from './percent';
import { partOfPrice, shareOf, type Proration } from './proration';

export const LINE_KINDS = [
  ...(['plan', 'credit', 'charge', 'setup fee', 'overage', 'other'] as const),
  ...(['discount', 'tax'] as const),
] as const;

/** `amount` in minor units, below zero where the customer gets money back. */
export interface InvoiceLine {
  kind: (typeof LINE_KINDS)[number];
  text: string;
  amount: number;
  /** What the line is for; `null` for what is paid once, and for discount and tax of the invoice itself. */
  period: Span | null;
}

/** A plan as it was charged, or would be, for one whole cycle. */
export interface PricedPlan {
  name: string;
  price: number;
}

/** A time that was paid in advance at `charged`, and what it became while it lasted. */
export interface BilledTime {
  cycle: Span;
  /** The part of the cycle that was charged. */
  period: Span;
  charged: PricedPlan;
  /** In order of time. */
  changes: readonly { at: Date; to: PricedPlan | null }[];
}

/** Percentages in hundredths of a percent: 1200 is 12 %. */
export interface Percentages {
  discount: number;
  tax: number;
}

/** The price of a plan from `period.startedAt` to the end of the cycle, which is paid in advance. */
export function planLine(
  plan: PricedPlan,
  cycle: Span,
  period: Span,
  proration: Proration,
): InvoiceLine {
  const { startedAt, endsAt } = period;
  const amount = partOfPrice(plan.price, cycle, startedAt, endsAt, proration);
  return { kind: 'plan', text: plan.name, amount, period };
}

/**
 * A credit for what was paid of the old plan, and a charge for the new one, for each change in a time that was
 * paid in advance. A change to `null` (another cycle, or an end) has a credit only. The first line is the credit of
 * what was charged; all others are of this time's changes.
 */
export function changeLines(
  { cycle, period, charged, changes }: BilledTime,
  proration: Proration,
): InvoiceLine[] {
  const lines: InvoiceLine[] = [];
  let before: PricedPlan | null = charged;
  for (const { at, to } of changes) {
    if (at < period.startedAt || at >= period.endsAt) continue;
    const rest = { startedAt: at, endsAt: period.endsAt };
    const cost = (price: number) => partOfPrice(price, cycle, at, period.endsAt, proration);
    if (before) {
      const amount = -cost(before.price) || 0;
      lines.push({ kind: 'credit', text: before.name, amount, period: rest });
    }
    if (to) lines.push({ kind: 'charge', text: to.name, amount: cost(to.price), period: rest });
    before = to;
  }
  return lines;
}

/**
 * The lines with the discount, which is of what the plan costs (not of fees, overage or other lines), and the
 * tax on all of it; each rounded once, to the nearest minor unit, a half away from zero.
 */
export function withPercentages(
  lines: readonly InvoiceLine[],
  { discount, tax }: Percentages,
): InvoiceLine[] {
  const discounted = lines.filter(({ kind }) => ['plan', 'credit', 'charge'].includes(kind));
  const off = percentLine('discount', discounted, -discount);
  const untaxed = [...lines, ...off];
  return [...untaxed, ...percentLine('tax', untaxed, tax)];
}

/**
 * An invoice's lines. What it credits of an earlier one has the discount and tax with which that was charged: where
 * they are others now, in lines of their own, which have the period of the credit.
 * @param charged of the earlier invoice
 */
export function invoiceLines(
  credit: InvoiceLine | undefined,
  charged: Percentages,
  lines: readonly InvoiceLine[],
  present: Percentages,
): InvoiceLine[] {
  if (!credit) return withPercentages(lines, present);
  if (charged.discount === present.discount && charged.tax === present.tax) {
    return withPercentages([credit, ...lines], present);
  }
  const { period } = credit;
  const corrected = withPercentages([credit], charged).map((line) => ({ ...line, period }));
  return [...corrected, ...withPercentages(lines, present)];
}

/** With which discount and tax an invoice's own lines were charged: the text of such a line is its percentage. */
export function percentagesOf(lines: readonly InvoiceLine[]): Percentages {
  const own = (of: 'discount' | 'tax') =>
    lines.find(({ kind, period }) => kind === of && period === null);
  const hundredths = (line: InvoiceLine | undefined) => (line ? parsePercent(line.text) : 0);
  return { discount: hundredths(own('discount')), tax: hundredths(own('tax')) };
}

/** Whether these lines of a later invoice give back a part of what was paid in advance for this time. */
export function givesBack(
  lines: readonly InvoiceLine[],
  { periodFrom, cycle }: { periodFrom: Date; cycle: Span },
): boolean {
  return lines.some(
    ({ kind, period }) =>
      kind === 'credit' &&
      period !== null &&
      period.startedAt >= periodFrom &&
      period.endsAt <= cycle.endsAt,
  );
}

/** An invoice's total: it has no other. */
export function sumOf(lines: readonly Pick<InvoiceLine, 'amount'>[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}

/** Also of lines that cancel each other out: a later credit of one of them has to know the percentage. */
function percentLine(
  kind: 'discount' | 'tax',
  of: readonly InvoiceLine[],
  hundredths: number,
): InvoiceLine[] {
  if (hundredths === 0 || of.every(({ amount }) => amount === 0)) return [];
  const size = Math.abs(hundredths);
  const amount = shareOf(Math.sign(hundredths) * sumOf(of), size, 10_000);
  return [{ kind, text: `${size / 100}%`, amount, period: null }];
}

/** What a subscriber used above the cap in a cycle. */
export function overageLine({ bytes, charge }: { bytes: number; charge: Money }) {
  const text = `${formatSize(bytes)} above the cap`;
  return { kind: 'overage' as const, text, amount: charge.amount };
}
