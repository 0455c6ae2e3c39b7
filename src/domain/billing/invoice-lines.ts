import { formatSize, type Money } from '../units';
import type { Span } from '../shop/shop-calendar';
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
  /** What the line is for; `null` for what is paid once. */
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
 * paid in advance. A change to `null` (another cycle, or an end) has a credit only.
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
  const off = percentLine('discount', -sumOf(discounted), discount);
  const untaxed = [...lines, ...off];
  return [...untaxed, ...percentLine('tax', sumOf(untaxed), tax)];
}

/** An invoice's total: it has no other. */
export function sumOf(lines: readonly Pick<InvoiceLine, 'amount'>[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}

function percentLine(kind: 'discount' | 'tax', of: number, hundredths: number): InvoiceLine[] {
  const amount = shareOf(of, hundredths, 10_000);
  if (amount === 0) return [];
  return [{ kind, text: `${hundredths / 100}%`, amount, period: null }];
}

/** What a subscriber used above the cap in a cycle. */
export function overageLine({ bytes, charge }: { bytes: number; charge: Money }) {
  const text = `${formatSize(bytes)} above the cap`;
  return { kind: 'overage' as const, text, amount: charge.amount };
}
