import type { Terms } from '../plans/plan';
import type { Money } from '../units';

/** What a sum buys: this much time for so many minor units. */
export interface CoinRate {
  amount: number;
  seconds: number;
}

/** How a sum is spent best. */
export interface CoinSplit {
  /** The largest first. */
  parts: { rate: CoinRate; times: number }[];
  /** Minor units; what is left of the sum buys nothing yet. */
  paid: number;
  seconds: number;
}

/** More than anybody puts into a slot at once; the rest stays theirs. */
const MOST_STEPS = 100_000;

/** The most time that the sum buys; of several ways the one that costs least. */
export function bestSplit(sum: number, rates: readonly CoinRate[]): CoinSplit {
  const usable = [...rates].sort((a, b) => b.amount - a.amount);
  const step = usable.reduce((divisor, { amount }) => commonDivisor(divisor, amount), 0);
  if (step === 0 || sum < step) return { parts: [], paid: 0, seconds: 0 };
  const steps = Math.min(MOST_STEPS, Math.floor(sum / step));
  const { most, last } = table(steps, step, usable);
  const times = new Map<CoinRate, number>();
  let at = steps;
  let paid = 0;
  while (at > 0) {
    const rate = last[at];
    if (rate === undefined) {
      at -= 1;
      continue;
    }
    times.set(rate, (times.get(rate) ?? 0) + 1);
    paid += rate.amount;
    at -= rate.amount / step;
  }
  const parts = usable.flatMap((rate) => {
    const count = times.get(rate);
    return count === undefined ? [] : [{ rate, times: count }];
  });
  return { parts, paid, seconds: most[steps]! };
}

/** For each number of steps: the most time they buy, and the rate to take last; none where a step less buys as much. */
function table(steps: number, step: number, rates: readonly CoinRate[]) {
  const most = [0];
  const last: (CoinRate | undefined)[] = [undefined];
  for (let at = 1; at <= steps; at += 1) {
    most[at] = most[at - 1]!;
    last[at] = undefined;
    for (const rate of rates) {
      const before = at - rate.amount / step;
      if (before < 0 || most[before]! + rate.seconds <= most[at]!) continue;
      most[at] = most[before]! + rate.seconds;
      last[at] = rate;
    }
  }
  return { most, last };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** A voucher for coins: of a plan, with the time that was paid for. */
export function coinTerms(terms: Terms, { paid, seconds }: CoinSplit, currency: string): Terms {
  const price: Money = { amount: paid, currency };
  const { uptimeSeconds, validitySeconds } = terms;
  if (uptimeSeconds === null) return { ...terms, price, validitySeconds: seconds };
  const validity = validitySeconds === null ? null : Math.max(validitySeconds, seconds);
  return { ...terms, price, uptimeSeconds: seconds, validitySeconds: validity };
}

/** Why a plan cannot be sold by coins; `undefined` if it can. Each time at the slot makes a voucher of its own. */
export function noCoinPlan({
  capBytes,
  fairUseBytes,
  billingCycle,
}: Terms): 'capped' | 'for subscribers' | undefined {
  if (capBytes !== null || fairUseBytes !== null) return 'capped';
  return billingCycle === 'none' ? undefined : 'for subscribers';
}
