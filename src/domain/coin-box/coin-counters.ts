/** A coin that a box knows: what it is worth, minor units, and by how many pulses the acceptor tells of it. */
export interface Denomination {
  /** Under which the box reports its pulses. */
  key: string;
  amount: number;
  pulses: number;
}

/** What the books hold of one lifetime counter of a box. */
export interface CoinCounter {
  key: string;
  pulses: number;
  /** Of them, those that do not make a whole coin yet. */
  rest: number;
}

/** Coins of one kind. */
export interface Coins {
  key: string;
  count: number;
  /** Of all of them, minor units. */
  amount: number;
}

/** What a report adds to the books. */
export interface Counted {
  /** Those that changed, as the books hold them from now on. */
  counters: CoinCounter[];
  coins: Coins[];
  /** Keys whose counter went down. */
  fell: string[];
  /** Keys that counted on, and of which nobody said what coin they are. */
  unknown: string[];
}

/**
 * What came in since the last report: the difference of lifetime counters, so that a report that comes twice adds
 * nothing and one that was lost is in the next. A counter that went down starts anew from where it is.
 * @param before what the books hold; none before the first report of a box, which is where it starts from
 * @param reported lifetime pulses by key; a key that never came counted nothing
 */
export function countCoins(
  before: readonly CoinCounter[],
  reported: Readonly<Record<string, number>>,
  denominations: readonly Denomination[],
): Counted {
  if (before.length === 0) return startFrom(reported, denominations);
  const known = new Map(before.map((counter) => [counter.key, counter]));
  const counted: Counted = { counters: [], coins: [], fell: [], unknown: [] };
  for (const [key, pulses] of Object.entries(reported)) {
    const was = known.get(key) ?? { key, pulses: 0, rest: 0 };
    if (pulses === was.pulses) continue;
    addTo(
      counted,
      was,
      pulses,
      denominations.find((one) => one.key === key),
    );
  }
  return counted;
}

function addTo(counted: Counted, was: CoinCounter, pulses: number, coin?: Denomination): void {
  const { key } = was;
  if (pulses < was.pulses) {
    counted.fell.push(key);
    counted.counters.push({ key, pulses, rest: 0 });
    return;
  }
  if (!coin) {
    counted.unknown.push(key);
    counted.counters.push({ key, pulses, rest: 0 });
    return;
  }
  const all = was.rest + pulses - was.pulses;
  const count = Math.floor(all / coin.pulses);
  counted.counters.push({ key, pulses, rest: all - count * coin.pulses });
  if (count > 0) counted.coins.push({ key, count, amount: count * coin.amount });
}

/** A box may have counted elsewhere before. */
function startFrom(
  reported: Readonly<Record<string, number>>,
  denominations: readonly Denomination[],
): Counted {
  const keys = new Set([...denominations.map(({ key }) => key), ...Object.keys(reported)]);
  const counters = [...keys].map((key) => ({ key, pulses: reported[key] ?? 0, rest: 0 }));
  return { counters, coins: [], fell: [], unknown: [] };
}

/** Minor units. */
export function worthOf(coins: readonly Coins[]): number {
  return coins.reduce((sum, { amount }) => sum + amount, 0);
}
