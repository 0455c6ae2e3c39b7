import type { Clock } from '../../clock';
import type { CoinBox } from '../../domain/coin-box/coin-box';
import {
  bannedUntil,
  BOX_SILENT_MS,
  closesAfter,
  EMPTY_CLAIM_MEMORY_MS,
  isClaimOpen,
  isSettled,
  STRAY_MS,
  type CoinClaim,
} from '../../domain/coin-box/coin-claims';
import { bestSplit, coinTerms, type CoinSplit } from '../../domain/coin-box/coin-rates';
import type { HotspotHost } from '../../domain/network/network';
import { closedTo } from '../../domain/shop/site';
import type { Mac, Money } from '../../domain/units';
import { SlotBanned, SlotBusy } from '../../errors';
import type { Stores } from '../../store/stores';
import type { Batches } from '../vouchers/batches';
import { STRAY_COINS } from './coin-reports';
import type { CoinWakes } from './coin-wakes';
import { Recent } from '../recent';

/** A box as a customer sees it. */
export interface OfferedBox {
  id: number;
  name: string;
  /** `busy`: somebody else is at its slot. */
  state: 'free' | 'busy' | 'away';
}

/** Where a device stands with coins. */
export interface CoinStanding {
  /** It is at the slot of this box until then, or longer if another coin falls. */
  atSlot: { box: string; closesAt: Date } | undefined;
  /** Minor units, and their currency. */
  credit: number;
  currency: string;
  /** What the credit buys now. */
  split: CoinSplit;
  /** Bought by it, and not used yet. */
  codes: string[];
  /** Those at its site. */
  boxes: OfferedBox[];
}

interface CoinSlotParts {
  stores: Stores;
  clock: Clock;
  wakes: CoinWakes;
  batches: Pick<Batches, 'freshCode'>;
  currency: () => string;
}

const NOTHING: CoinSplit = { parts: [], paid: 0, seconds: 0 };

/** Customers at the slot: one at a box, who gets what falls into it. */
export class CoinSlots {
  /** Each start page asks. */
  private readonly boxes = new Recent(() => this.parts.stores.coinBoxes.list());

  constructor(private readonly parts: CoinSlotParts) {}

  /** What a device has in coins; `undefined` in a shop without a box. */
  async creditAt(host: Pick<HotspotHost, 'mac'> | undefined): Promise<Money | undefined> {
    const { coinCredits } = this.parts.stores;
    const [box] = await this.boxes.value(this.parts.clock);
    if (!box) return undefined;
    return { amount: host ? await coinCredits.of(host.mac) : 0, currency: box.currency };
  }

  async standing(host: Pick<HotspotHost, 'mac' | 'router'>): Promise<CoinStanding> {
    const { stores, clock, currency } = this.parts;
    const now = clock.now();
    const { mac } = host;
    const boxes = await boxesAt(stores, host.router);
    const claim = await openClaim(stores, mac, now);
    const box = await boxOf(stores, mac, claim, boxes);
    const credit = await stores.coinCredits.of(mac);
    const name = claim && boxes.find(({ id }) => id === claim.boxId)?.name;
    return {
      atSlot: claim && { box: name ?? '', closesAt: claim.closesAt },
      ...{ credit, currency: box?.currency ?? currency() },
      split: box ? bestSplit(credit, box.rates) : NOTHING,
      codes: await stores.coinCredits.unusedOf(mac),
      boxes: await Promise.all(boxes.map((one) => offered(stores, one, now))),
    };
  }

  /**
   * Opens the slot of a box for a device. Asked again it is the same.
   * @param boxId any free one if not given
   * @throws SlotBanned after too many times without a coin, SlotBusy when there is no free one
   */
  async open(host: HotspotHost, boxId?: number): Promise<void> {
    const { stores, clock, wakes } = this.parts;
    const now = clock.now();
    const { mac, router: routerId = 0 } = host;
    const opened = await stores.outsideLoopState(async (inside) => {
      const { coinClaims } = inside;
      await coinClaims.endDue(now);
      if (await openClaim(inside, mac, now)) return undefined;
      const since = new Date(now.getTime() - EMPTY_CLAIM_MEMORY_MS);
      const until = bannedUntil(await coinClaims.emptyEnds(mac, since));
      if (until && until > now) throw new SlotBanned(secondsTo(until, now));
      const box = await freeBox(inside, await boxesAt(inside, routerId), boxId, now);
      const claim = { boxId: box.id, mac, routerId, openedAt: now, closesAt: closesAfter(now) };
      await coinClaims.add({ ...claim, endedAt: null, amount: 0 });
      await findStrays(inside, box, mac, now);
      return box.id;
    });
    if (opened !== undefined) wakes.wake(opened);
  }

  /** The device goes away from the slot; what it put in stays its own. */
  async leave({ mac }: Pick<HotspotHost, 'mac'>): Promise<void> {
    const { stores, clock, wakes } = this.parts;
    const now = clock.now();
    const boxId = await stores.outsideLoopState((inside) => endClaim(inside, mac, now));
    if (boxId !== undefined) wakes.wake(boxId);
  }

  /**
   * Makes a voucher of what the device's credit buys, and ends its time at the slot. The voucher is redeemed as any.
   * @returns its code; the last one that is not used where there is nothing to buy for; `undefined` without any
   */
  async buy(host: Pick<HotspotHost, 'mac' | 'router'>): Promise<string | undefined> {
    const { stores, clock, wakes, batches } = this.parts;
    const { mac } = host;
    const now = clock.now();
    const fresh = await batches.freshCode();
    const { code, boxId } = await stores.transaction(async (inside) => {
      const claim = await openClaim(inside, mac, now);
      const boxes = await boxesAt(inside, host.router);
      const box = await boxOf(inside, mac, claim, boxes);
      const left = await endClaim(inside, mac, now);
      const split = box ? bestSplit(await inside.coinCredits.of(mac), box.rates) : NOTHING;
      if (!box || split.paid === 0) {
        return { code: (await inside.coinCredits.unusedOf(mac))[0], boxId: left };
      }
      await sell(inside, { box, mac, split, code: fresh, at: now });
      return { code: fresh, boxId: left };
    });
    if (boxId !== undefined) wakes.wake(boxId);
    return code;
  }
}

function secondsTo(until: Date, now: Date): number {
  return Math.ceil((until.getTime() - now.getTime()) / 1000);
}

/** For customers at this router. */
async function boxesAt({ coinBoxes, sites }: Stores, router = 0): Promise<CoinBox[]> {
  const all = await coinBoxes.list();
  if (all.every(({ siteId }) => siteId === null)) return all;
  const site = await sites.ofRouter(router);
  return all.filter(({ siteId }) => siteId === null || siteId === site);
}

async function openClaim(
  { coinClaims }: Stores,
  mac: Mac,
  now: Date,
): Promise<CoinClaim | undefined> {
  const last = await coinClaims.lastOf(mac);
  return last && isClaimOpen(last, now) ? last : undefined;
}

/** Whose rates count for a device: where it is at the slot, or where its last coin fell. */
async function boxOf(
  { coinBoxes, coinCredits }: Stores,
  mac: Mac,
  claim: CoinClaim | undefined,
  boxes: readonly CoinBox[],
): Promise<CoinBox | undefined> {
  const id = claim?.boxId ?? (await coinCredits.lastBox(mac));
  const last = id === undefined ? undefined : await coinBoxes.find(id);
  return last ?? boxes[0];
}

async function endClaim(stores: Stores, mac: Mac, now: Date): Promise<number | undefined> {
  await stores.coinClaims.endDue(now);
  const claim = await openClaim(stores, mac, now);
  if (!claim) return undefined;
  await stores.coinClaims.end(claim.id, now);
  return claim.boxId;
}

async function offered(stores: Stores, box: CoinBox, now: Date): Promise<OfferedBox> {
  return { id: box.id, name: box.name, state: await stateOf(stores, box, now) };
}

async function stateOf(
  { coinClaims }: Stores,
  box: CoinBox,
  now: Date,
): Promise<OfferedBox['state']> {
  if (!box.seenAt || now.getTime() - box.seenAt.getTime() > BOX_SILENT_MS) return 'away';
  const last = await coinClaims.lastOfBox(box.id);
  return !last || isSettled(last, box.seenAt, now) ? 'free' : 'busy';
}

async function freeBox(
  stores: Stores,
  boxes: readonly CoinBox[],
  wanted: number | undefined,
  now: Date,
): Promise<CoinBox> {
  const asked = boxes.filter(({ id }) => wanted === undefined || id === wanted);
  const states = await Promise.all(asked.map((box) => stateOf(stores, box, now)));
  const free = asked.find((_, at) => states[at] === 'free');
  if (free) return free;
  const isBusy = states.includes('busy');
  throw new SlotBusy(
    isBusy
      ? 'Somebody else is at the coin slot. Try again in a minute'
      : 'The coin box does not answer. Ask at the shop',
    isBusy,
  );
}

/** What fell a moment ago while nobody was at the slot is of whoever comes next. */
async function findStrays(stores: Stores, box: CoinBox, mac: Mac, now: Date): Promise<void> {
  for (const { id, at, amount, currency } of await stores.coinCredits.openStrays(box.id)) {
    if (now.getTime() - at.getTime() > STRAY_MS) continue;
    await stores.coinCredits.settleStray(id, 'given', now, mac);
    const move = { at: now, mac, boxId: box.id, amount, currency, code: null };
    await stores.coinCredits.add({ ...move, kind: 'found' });
    await stores.journal.clear(STRAY_COINS, String(id), now);
  }
}

/** A batch of one, made by the device and sold by the box. */
async function sell(
  stores: Stores,
  {
    box,
    mac,
    split,
    code,
    at,
  }: { box: CoinBox; mac: Mac; split: CoinSplit; code: string; at: Date },
): Promise<void> {
  const plan = (await stores.plans.list()).find(({ id }) => id === box.planId)!;
  const terms = coinTerms(plan.terms, split, box.currency);
  const notAt = closedTo(plan, await stores.sites.list());
  await stores.vouchers.addBatch({
    ...{ plan: { ...plan, terms }, codes: [code], prefix: '', developer: false, note: 'coins' },
    ...{ seller: box.name, by: mac, at, siteId: box.siteId ?? undefined, notAt },
  });
  const { currency, id: boxId } = box;
  const move = { at, mac, boxId, amount: -split.paid, currency, code };
  await stores.coinCredits.add({ ...move, kind: 'bought' });
  const detail = { by: mac, box: box.name, amount: split.paid, currency };
  await stores.journal.audit([{ at, who: mac, what: 'bought with coins', subject: code, detail }]);
}
