import type { Clock } from '../../clock';
import type { CoinBox } from '../../domain/coin-box/coin-box';
import {
  closesAfter,
  isClaimOpen,
  isCoinOf,
  type CoinClaim,
} from '../../domain/coin-box/coin-claims';
import { countCoins, worthOf, type Counted } from '../../domain/coin-box/coin-counters';
import { coinOrders, type CoinOrders } from '../../domain/coin-box/coin-orders';
import { formatMoney } from '../../domain/units';
import { AppError, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import type { CoinWakes } from './coin-wakes';
import type { RouterSights } from './router-sights';
import { say } from '../../text';

/** How often orders are looked up while a box waits: another program may have changed them, or a router went away. */
const LOOK_MS = 2_000;
/** Nobody puts in more at once: a counter that jumps so far is for the owner to look at. */
const MOST_AT_ONCE = 500;

export const STRAY_COINS = 'coins without customer';
const COUNTER_FELL = 'coin counter fell';
const UNKNOWN_COIN = 'unknown coin';

/** What a box tells of itself. */
export interface BoxReport {
  boot: string;
  /** Lifetime counters by key. */
  pulses: Record<string, number>;
  firmware: string;
}

/** Orders as they go to a box. */
export interface OrdersForBox extends CoinOrders {
  /** The counters as the books hold them. */
  accepted: Record<string, number>;
}

/** A request of a box that came before, or out of order. */
export class RequestReplayed extends AppError {
  constructor(readonly last: number) {
    super(say`The number of that request is not above ${last}`);
  }
}

interface CoinReportParts {
  stores: Stores;
  clock: Clock;
  wakes: CoinWakes;
  sights: Pick<RouterSights, 'answers' | 'hasLeft'>;
  /** Whether the books can be written. */
  isWell: () => boolean;
}

/** Takes what boxes counted into the books, and tells boxes whether their slots are open. */
export class CoinReports {
  constructor(private readonly parts: CoinReportParts) {}

  /**
   * Accounts what a box counted since its last report, in one transaction with the counters: what comes twice adds
   * nothing, and what is cut short is in the next report.
   * @throws RequestReplayed, NotFound
   */
  async receive(boxId: number, requestCounter: number, report: BoxReport): Promise<void> {
    const now = this.parts.clock.now();
    const amount = await this.parts.stores.outsideLoopState(async (stores) => {
      const { coinBoxes, coinClaims } = stores;
      const box = await coinBoxes.find(boxId);
      if (!box) throw new NotFound(say`There is no coin box ${boxId}`);
      if (requestCounter <= box.requestCounter) throw new RequestReplayed(box.requestCounter);
      await coinClaims.endDue(now);
      const before = await coinBoxes.counters(boxId);
      const counted = countCoins(before, report.pulses, box.denominations);
      await coinBoxes.saveCounters(boxId, counted.counters);
      const { boot, firmware } = report;
      await coinBoxes.heard(boxId, { requestCounter, boot, firmware, at: now });
      await coinBoxes.dropPairings({ boxId });
      await this.credit(stores, box, counted, now);
      await tellWhatIsWrong(stores, box, counted, now);
      return worthOf(counted.coins);
    });
    if (amount > 0) this.parts.wakes.wake(boxId);
  }

  /** A request that reports nothing: its number is used up all the same. @throws RequestReplayed, NotFound */
  async receiveNothing(boxId: number, requestCounter: number): Promise<void> {
    await this.parts.stores.outsideLoopState(async ({ coinBoxes }) => {
      const box = await coinBoxes.find(boxId);
      if (!box) throw new NotFound(say`There is no coin box ${boxId}`);
      if (requestCounter <= box.requestCounter) throw new RequestReplayed(box.requestCounter);
      await coinBoxes.counted(boxId, requestCounter);
      await coinBoxes.dropPairings({ boxId });
    });
  }

  /** What the box is to do now. @throws NotFound */
  async orders(boxId: number): Promise<OrdersForBox> {
    const { clock, stores, isWell } = this.parts;
    const now = clock.now();
    const box = await stores.coinBoxes.find(boxId);
    if (!box) throw new NotFound(say`There is no coin box ${boxId}`);
    const claim = await this.atSlot(boxId, now);
    const router = claim ? this.parts.sights.answers(claim.routerId) : true;
    const credit = claim ? await stores.coinCredits.of(claim.mac) : 0;
    const orders = coinOrders(box, claim, { credit, isWell: isWell() && router, now });
    const counters = await stores.coinBoxes.counters(boxId);
    return {
      ...orders,
      accepted: Object.fromEntries(counters.map((one) => [one.key, one.pulses])),
    };
  }

  /**
   * The same as soon as it is not what the box knows, at the latest when it waited for so long.
   * @param seen the revision that the box knows. @param gone aborts when nobody waits for the answer
   */
  async ordersAfter(
    boxId: number,
    seen: number | undefined,
    waitMs: number,
    gone: AbortSignal,
  ): Promise<OrdersForBox> {
    const { clock, wakes } = this.parts;
    const until = clock.elapsedMs() + waitMs;
    for (;;) {
      const leftMs = until - clock.elapsedMs();
      // Before it looks, or what changes meanwhile would wake nobody.
      const done = new AbortController();
      const either = AbortSignal.any([gone, done.signal]);
      const woken = wakes.wait(boxId, Math.min(LOOK_MS, leftMs), either);
      try {
        const orders = await this.orders(boxId);
        if (orders.revision !== seen || leftMs <= 0 || gone.aborted) return orders;
        await woken;
      } finally {
        done.abort();
      }
    }
  }

  /** Whoever is at the slot; a customer who left is not any more. */
  private async atSlot(boxId: number, now: Date): Promise<CoinClaim | undefined> {
    const { stores, sights } = this.parts;
    const claim = await stores.coinClaims.lastOfBox(boxId);
    if (!claim || !isClaimOpen(claim, now)) return undefined;
    if (!sights.hasLeft(claim.mac, claim.routerId, claim.openedAt)) return claim;
    await stores.outsideLoopState(({ coinClaims }) => coinClaims.end(claim.id, now));
    return undefined;
  }

  private async credit(stores: Stores, box: CoinBox, counted: Counted, now: Date): Promise<void> {
    const amount = worthOf(counted.coins);
    if (amount === 0) return;
    const { coinClaims, coinCredits, money } = stores;
    const { id: boxId, currency, name: seller } = box;
    const last = await coinClaims.lastOfBox(boxId);
    const isPlausible = counted.coins.reduce((sum, { count }) => sum + count, 0) <= MOST_AT_ONCE;
    const claim = last && isPlausible && isCoinOf(last, box.seenAt, now) ? last : undefined;
    const coins = Object.fromEntries(counted.coins.map(({ key, count }) => [key, count]));
    const by = claim?.mac ?? seller;
    const entry = { at: now, kind: 'payment', subject: `coin box ${boxId}`, seller, by } as const;
    await money.append([{ ...entry, money: { amount, currency }, detail: { coins } }]);
    if (claim) {
      const move = { at: now, mac: claim.mac, boxId, amount, currency, code: null };
      await coinCredits.add({ ...move, kind: 'coins' });
      await coinClaims.addCoins(claim, amount, closesAfter(now));
      return;
    }
    const id = await coinCredits.addStray({ boxId, at: now, amount, currency });
    const text = `${formatMoney({ amount, currency })} fell into ${box.name} while no customer was at the slot. See Money > Coin boxes.`;
    await stores.journal.raise(STRAY_COINS, String(id), text, now);
  }
}

async function tellWhatIsWrong(
  { journal }: Stores,
  { name }: CoinBox,
  { fell, unknown }: Counted,
  now: Date,
): Promise<void> {
  if (fell.length > 0) {
    const text = `The counter of ${name} went down (${fell.join(', ')}): its memory or its board is another one. Coins count on from there. Count what is in the box.`;
    await journal.raise(COUNTER_FELL, name, text, now);
  }
  if (unknown.length > 0) {
    const text = `${name} counts pulses of a coin that nobody described (${unknown.join(', ')}). Nobody gets anything for it until its coins are set.`;
    await journal.raise(UNKNOWN_COIN, name, text, now);
  }
}
