import type { Clock } from '../../clock';
import {
  parseDenominations,
  parseRates,
  type CoinBox,
  type StrayCoins,
} from '../../domain/coin-box/coin-box';
import { BOX_SILENT_MS } from '../../domain/coin-box/coin-claims';
import type { Drawer } from '../../domain/money/drawer';
import { formatMoney, type Mac, type Money } from '../../domain/units';
import { Conflict, NotFound } from '../../errors';
import type { DeviceCredit } from '../../store/coin-box/coin-credit-store';
import type { Stores } from '../../store/stores';
import type { Drawers } from '../money/drawers';
import { findSite } from '../shop/sites';
import { coinPlan } from './coin-pairing';
import { STRAY_COINS } from './coin-reports';
import type { CoinWakes } from './coin-wakes';
import { say } from '../../text';

/** A box as staff see it. */
export interface BoxOverview extends CoinBox {
  plan: string;
  site: string | null;
  isAway: boolean;
  /** Since its coins were last collected. */
  since: Date | null;
}

/** What the owner changes of a box; what is not said stays. */
export interface BoxChange {
  plan?: string | undefined;
  /** Empty: for customers of the whole shop. */
  site?: string | undefined;
  /** As `parseDenominations` reads it. */
  coins?: string | undefined;
  /** As `parseRates` reads it. */
  rates?: string | undefined;
}

interface CoinBoxParts {
  stores: Stores;
  clock: Clock;
  drawers: Pick<Drawers, 'open' | 'openOf' | 'count'>;
  wakes: CoinWakes;
}

const CREDITS_SHOWN = 100;
/** A box reports at least twice a minute; its owner hears when it is really gone. */
const TOLD_SILENT_MS = 5 * 60_000;
const SILENT = 'coin box silent';

/** What staff do with boxes, and with coins that nobody spent. */
export class CoinBoxes {
  constructor(private readonly parts: CoinBoxParts) {}

  async any(): Promise<boolean> {
    return (await this.parts.stores.coinBoxes.list()).length > 0;
  }

  async list(): Promise<BoxOverview[]> {
    const { stores, clock } = this.parts;
    const [boxes, plans, sites] = [
      await stores.coinBoxes.list(),
      await stores.plans.list(),
      await stores.sites.list(),
    ];
    const now = clock.now().getTime();
    return Promise.all(
      boxes.map(async (box) => ({
        ...box,
        plan: plans.find(({ id }) => id === box.planId)?.name ?? '',
        site: sites.find(({ id }) => id === box.siteId)?.name ?? null,
        isAway: !box.seenAt || now - box.seenAt.getTime() > BOX_SILENT_MS,
        since: (await stores.drawers.openOf(box.name))?.openedAt ?? null,
      })),
    );
  }

  /** By its name, or its number. @throws NotFound */
  async find(typed: string): Promise<BoxOverview> {
    const name = typed.trim().toLowerCase();
    const all = await this.list();
    const found =
      all.find((box) => box.name.toLowerCase() === name) ??
      all.find(({ id }) => String(id) === name);
    if (!found) throw new NotFound(say`There is no coin box called "${typed}"`);
    return found;
  }

  /** @throws NotFound, InvalidInput */
  async edit(typed: string, change: BoxChange, by: string): Promise<BoxOverview> {
    const { stores, clock, wakes } = this.parts;
    const box = await this.find(typed);
    const at = clock.now();
    await stores.outsideLoopState(async (inside) => {
      const { currency } = box;
      const { coins, rates, plan, site } = change;
      const sites = await inside.sites.list();
      await inside.coinBoxes.setTerms(box.id, {
        siteId: site === undefined ? box.siteId : site === '' ? null : findSite(sites, site).id,
        planId: plan === undefined ? box.planId : (await coinPlan(inside, plan)).id,
        denominations:
          coins === undefined ? box.denominations : parseDenominations(coins, currency),
        rates: rates === undefined ? box.rates : parseRates(rates, currency),
      });
      const what = 'coin box changed';
      await inside.journal.audit([{ at, who: by, what, subject: box.name, detail: { ...change } }]);
    });
    wakes.wake(box.id);
    return this.find(String(box.id));
  }

  /** The box is none of the shop's any more; what its customers have stays theirs. @throws NotFound */
  async remove(typed: string, by: string): Promise<void> {
    const { stores, clock, wakes } = this.parts;
    const { id, name } = await this.find(typed);
    const at = clock.now();
    await stores.outsideLoopState(async ({ coinBoxes, coinClaims, journal }) => {
      const claim = await coinClaims.lastOfBox(id);
      if (claim) await coinClaims.end(claim.id, at);
      await coinBoxes.remove(id, at);
      const detail = { box: id };
      await journal.audit([{ at, who: by, what: 'coin box removed', subject: name, detail }]);
    });
    wakes.wake(id);
  }

  /**
   * The coins are taken out and counted, before anybody is told what should be there; the box begins anew with none.
   * @returns its count, with what was expected
   * @throws NotFound, InvalidInput for less than nothing
   */
  async collect(typed: string, counted: Money, by: string): Promise<Drawer> {
    const { stores, drawers } = this.parts;
    const { name, currency } = await this.find(typed);
    const nothing = { amount: 0, currency };
    return stores.together(async () => {
      // Books that were cleared have no drawers.
      if (!(await drawers.openOf(name))) await drawers.open(name, nothing, by);
      const drawer = await drawers.count(name, counted, by);
      await drawers.open(name, nothing, by);
      return drawer;
    });
  }

  /** An alert for each box that was not heard of for minutes, as long as that is so. */
  async tellSilent(now: Date): Promise<void> {
    await this.parts.stores.outsideLoopState(async ({ coinBoxes, journal }) => {
      const silent = (await coinBoxes.list()).filter(
        ({ seenAt }) => seenAt && now.getTime() - seenAt.getTime() > TOLD_SILENT_MS,
      );
      for (const { name } of silent) {
        const text = `The coin box ${name} does not answer: look at its power and its network. Its slot takes no coins meanwhile.`;
        await journal.raise(SILENT, name, text, now);
      }
      await journal.clearOthers(
        SILENT,
        silent.map(({ name }) => name),
        now,
      );
    });
  }

  /** Coins that fell while nobody was at the slot, the oldest first. */
  strays(): Promise<StrayCoins[]> {
    return this.parts.stores.coinCredits.openStrays();
  }

  /** What devices put in and did not spend, the latest first. */
  credits(): Promise<DeviceCredit[]> {
    return this.parts.stores.coinCredits.list(CREDITS_SHOWN);
  }

  /** Coins without a customer are of this device, or the shop keeps them. @throws Conflict when they are settled */
  async settle(strayId: number, mac: Mac | undefined, by: string): Promise<void> {
    const at = this.parts.clock.now();
    await this.parts.stores.outsideLoopState(async ({ coinCredits, journal }) => {
      const stray = (await coinCredits.openStrays()).find(({ id }) => id === strayId);
      if (!stray) throw new Conflict('These coins are settled already');
      const { boxId, amount, currency } = stray;
      await coinCredits.settleStray(strayId, mac ? 'given' : 'kept', at, by);
      if (mac) {
        await coinCredits.add({ at, mac, boxId, kind: 'given', amount, currency, code: null });
      }
      await journal.clear(STRAY_COINS, String(strayId), at, by);
      const detail = { coins: formatMoney({ amount, currency }), to: mac ?? 'the shop' };
      const subject = `coins ${strayId}`;
      await journal.audit([{ at, who: by, what: 'coins settled', subject, detail }]);
    });
  }

  /** Pays a device's credit out of the drawer of whoever does it. @throws Conflict when it has none */
  async payOut(mac: Mac, by: string): Promise<Money> {
    const at = this.parts.clock.now();
    return this.parts.stores.outsideLoopState(async ({ coinCredits, money, journal }) => {
      const found = (await coinCredits.list(Number.MAX_SAFE_INTEGER)).find(
        (one) => one.mac === mac,
      );
      const boxId = await coinCredits.lastBox(mac);
      if (!found || boxId === undefined) throw new Conflict('That device has no coins left');
      const { amount, currency } = found;
      const back = { amount: -amount, currency };
      await coinCredits.add({ at, mac, boxId, kind: 'paid out', ...back, code: null });
      const subject = `coins of ${mac}`;
      const entry = { at, kind: 'refund', subject, money: back, seller: by, by } as const;
      await money.append([{ ...entry, detail: { coins: mac } }]);
      const detail = { amount, currency };
      await journal.audit([{ at, who: by, what: 'coins paid out', subject: mac, detail }]);
      return { amount, currency };
    });
  }
}
