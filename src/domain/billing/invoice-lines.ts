import { formatSize, type Money } from '../units';
import type { Span } from '../shop/shop-calendar';
import { partOfPrice, shareOf, type ProrateBy, type Proration } from './proration';

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
  /** Of a line that charges time in advance. */
  terms?: ChargeTerms | undefined;
  /** Of a credit: what it gives back a part of. */
  corrects?: ChargedLine | undefined;
}

/** Percentages in hundredths of a percent: 1200 is 12 %. */
export interface Percentages {
  discount: number;
  tax: number;
}

/** How time is charged in advance. It is given back by the same, whatever changed since. */
export interface ChargeTerms extends Percentages {
  /** The subscriber's plan in force, as they had it. */
  subscriberPlanId: number;
  /** For the whole cycle, in minor units. */
  price: number;
  currency: string;
  cycle: Span;
  prorateBy: ProrateBy;
}

/** A line that charged time in advance: amount and period are what is left of it after what was given back. */
export interface ChargedLine extends InvoiceLine {
  /** Of its row in the books, and of its invoice; one on the same invoice as its credit has none yet. */
  id?: number | undefined;
  invoiceId?: number | undefined;
  period: Span;
  terms: ChargeTerms;
}

/** A plan as it is charged, or would be, for one whole cycle. */
export interface PricedPlan {
  name: string;
  price: number;
  currency: string;
}

/** A change of plan that time which was charged in advance does not have yet. */
export interface ChangeInTime {
  at: Date;
  subscriberPlanId: number;
  /** `null`: another cycle began, or the subscription ended. */
  to: PricedPlan | null;
}

/** The price of a plan from `period.startedAt` to the end of the cycle, which is paid in advance. */
export function planLine(
  name: string,
  terms: ChargeTerms,
  period: Span,
  zone: string,
): ChargedLine {
  return chargedLine('plan', name, terms, period, zone);
}

/**
 * A credit for what was paid of the old plan, and a charge for the new one, for each change in a time that was
 * paid in advance. A change to `null` has a credit only. A credit is never more than its line charged.
 * @param present by which new lines are charged
 */
export function changeLines(
  charged: ChargedLine,
  changes: readonly ChangeInTime[],
  present: Percentages & { prorateBy: ProrateBy },
  zone: string,
): InvoiceLine[] {
  const lines: InvoiceLine[] = [];
  let standing: ChargedLine = charged;
  for (const { at, subscriberPlanId, to } of changes) {
    const { cycle, price, prorateBy } = standing.terms;
    const rest = { startedAt: at, endsAt: standing.period.endsAt };
    const cost = partOfPrice(price, cycle, at, rest.endsAt, { by: prorateBy, zone });
    const amount = -Math.min(cost, standing.amount) || 0;
    lines.push({ kind: 'credit', text: standing.text, amount, period: rest, corrects: standing });
    if (!to) return lines;
    const { name, ...priced } = to;
    standing = chargedLine(
      'charge',
      name,
      { ...present, ...priced, subscriberPlanId, cycle },
      rest,
      zone,
    );
    lines.push(standing);
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
 * they are others now, in lines of their own, which have the period of the credits.
 */
export function invoiceLines(lines: readonly InvoiceLine[], present: Percentages): InvoiceLine[] {
  const groups = new Map<string, InvoiceLine[]>();
  for (const line of lines) {
    const { discount, tax } = line.corrects?.terms ?? present;
    const key = `${discount} ${tax}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const now = `${present.discount} ${present.tax}`;
  const own = withPercentages(groups.get(now) ?? [], present);
  groups.delete(now);
  return [...[...groups.values()].flatMap(asCharged), ...own];
}

/** Credits of what was charged with other percentages than today's. */
function asCharged(credits: readonly InvoiceLine[]): InvoiceLine[] {
  const period = {
    startedAt: credits[0]!.period!.startedAt,
    endsAt: credits.at(-1)!.period!.endsAt,
  };
  return withPercentages(credits, credits[0]!.corrects!.terms).map((line) =>
    line.period ? line : { ...line, period },
  );
}

/** An invoice's total: it has no other. */
export function sumOf(lines: readonly Pick<InvoiceLine, 'amount'>[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}

function chargedLine(
  kind: 'plan' | 'charge',
  text: string,
  terms: ChargeTerms,
  period: Span,
  zone: string,
): ChargedLine {
  const proration: Proration = { by: terms.prorateBy, zone };
  const amount = partOfPrice(terms.price, terms.cycle, period.startedAt, period.endsAt, proration);
  return { kind, text, amount, period, terms };
}

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
  return { kind: 'overage' as const, text, amount: charge.amount, currency: charge.currency };
}
