import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock';
import {
  parseDenominations,
  parseRates,
  USUAL_DENOMINATIONS,
  USUAL_RATES,
  type CoinBox,
} from '../../domain/coin-box/coin-box';
import { noCoinPlan } from '../../domain/coin-box/coin-rates';
import { isSignedWith, pairedKey, type SignedRequest } from '../../domain/coin-box/coin-signature';
import type { Plan } from '../../domain/plans/plan';
import { AppError, Conflict, InvalidInput, NotFound } from '../../errors';
import { SealedText } from '../../store/database/sealed-text';
import type { SecretKey } from '../../store/database/secret-key';
import type { Pairing } from '../../store/coin-box/coin-box-store';
import type { Stores } from '../../store/stores';
import type { Drawers } from '../money/drawers';
import { findSite } from '../shop/sites';
import { sellerNames } from '../vouchers/sales';
import { say } from '../../text';

/** How long a number is good. */
const NUMBER_MS = 10 * 60_000;
/** Boxes that wait at once: the owner pairs them one by one. */
const MOST_WAITING = 5;
const NONCE_BYTES = 16;
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,40}$/u;

/** A box that asks to be paired. */
export interface Knock {
  /** As it shows it. */
  number: string;
  hardware: string;
  /** Hex; its own secret. */
  pairingKey: string;
}

/** What the owner says of a new box. */
export interface BoxOrder {
  name: string;
  /** Whose speed its customers get. */
  plan: string;
  site?: string | undefined;
}

/** Too many boxes wait to be paired. */
export class TooManyBoxes extends AppError {}

interface PairingParts {
  stores: Stores;
  secrets: Pick<SecretKey, 'derive'>;
  clock: Clock;
  drawers: Pick<Drawers, 'open' | 'openOf'>;
  currency: () => string;
}

/** Makes a box the shop's: it shows a number, and the owner types it. */
export class CoinPairing {
  private readonly sealed: SealedText;

  constructor(private readonly parts: PairingParts) {
    this.sealed = new SealedText(parts.secrets, 'coin boxes');
  }

  /**
   * A box asks until its number was typed; `undefined` before.
   * @throws Conflict when another box shows that number, TooManyBoxes
   */
  async knock(knock: Knock): Promise<{ id: number; nonce: string } | undefined> {
    const now = this.parts.clock.now();
    return this.parts.stores.outsideLoopState(async ({ coinBoxes }) => {
      await coinBoxes.dropPairings({ before: new Date(now.getTime() - NUMBER_MS) });
      const waiting = await coinBoxes.pairings();
      const same = waiting.find(({ number }) => number === knock.number);
      if (same) {
        if (!this.isFrom(same, knock)) throw new Conflict('Another box shows that number');
        const { paired } = same;
        return paired ? { id: paired.boxId, nonce: paired.nonce } : undefined;
      }
      if (waiting.length >= MOST_WAITING) throw new TooManyBoxes('Too many boxes wait');
      const { number, hardware, pairingKey } = knock;
      const sealedKey = this.sealed.seal(`pairing ${number} ${hardware}`, pairingKey);
      await coinBoxes.addPairing({ number, hardware, sealedKey, since: now, paired: null });
      return undefined;
    });
  }

  /** Boxes that show a number now, the oldest first. */
  async waiting(): Promise<Pick<Pairing, 'number' | 'hardware' | 'since'>[]> {
    const after = this.parts.clock.now().getTime() - NUMBER_MS;
    const all = await this.parts.stores.coinBoxes.pairings();
    return all.filter(({ paired, since }) => !paired && since.getTime() > after);
  }

  /**
   * The box that shows this number becomes the shop's, with a drawer of its own.
   * @throws InvalidInput, NotFound when no box shows it, Conflict when the name is taken
   */
  async pair(typed: string, order: BoxOrder, by: string): Promise<CoinBox> {
    const number = typed.replaceAll(/\D/g, '');
    const { stores, clock, drawers, currency } = this.parts;
    const name = boxName(order.name);
    const amount = { amount: 0, currency: currency() };
    return stores.together(async () => {
      const shown = (await this.waiting()).some((one) => one.number === number);
      if (!shown) {
        throw new NotFound(
          say`No box shows the number ${number || typed}. Look at its display: a number is good for ten minutes`,
        );
      }
      const plan = await coinPlan(stores, order.plan);
      const taken = (await sellerNames(stores)).map((one) => one.toLowerCase());
      if (taken.includes(name.toLowerCase())) {
        throw new Conflict(
          say`${name} is the name of somebody who sells. Give the box another one`,
        );
      }
      const siteId = order.site ? findSite(await stores.sites.list(), order.site).id : null;
      const id = await stores.outsideLoopState((inside) =>
        this.adopt(inside, number, { name, plan, siteId, by, at: clock.now() }),
      );
      if (!(await drawers.openOf(name))) await drawers.open(name, amount, by);
      return (await stores.coinBoxes.find(id))!;
    });
  }

  /** The key that a box signs with; `undefined` where the shop's own key is another one by now. */
  keyOf({ id, sealedKey }: Pick<CoinBox, 'id' | 'sealedKey'>): Buffer | undefined {
    try {
      return Buffer.from(this.sealed.open(`coin box ${id}`, sealedKey), 'hex');
    } catch {
      return undefined;
    }
  }

  /** The box that signed this. @returns `undefined` where none of ours did */
  async signer(
    id: number,
    request: SignedRequest,
    signature: string,
  ): Promise<{ box: CoinBox; key: Buffer } | undefined> {
    const box = await this.parts.stores.coinBoxes.find(id);
    const key = (box && this.keyOf(box)) ?? randomBytes(32);
    const isGenuine = isSignedWith(key, request, signature);
    return isGenuine && box ? { box, key } : undefined;
  }

  private isFrom({ number, hardware, sealedKey }: Pairing, knock: Knock): boolean {
    if (hardware !== knock.hardware) return false;
    try {
      return this.sealed.open(`pairing ${number} ${hardware}`, sealedKey) === knock.pairingKey;
    } catch {
      return false;
    }
  }

  private async adopt(
    { coinBoxes, journal }: Stores,
    number: string,
    box: { name: string; plan: Plan; siteId: number | null; by: string; at: Date },
  ): Promise<number> {
    const { hardware, sealedKey } = (await coinBoxes.pairings()).find(
      (one) => one.number === number,
    )!;
    const currency = this.parts.currency();
    const { name, plan, siteId, by, at } = box;
    const id = await coinBoxes.add({
      ...{ name, hardware, siteId, planId: plan.id, currency, pairedAt: at, pairedBy: by },
      denominations: parseDenominations(USUAL_DENOMINATIONS, currency),
      rates: parseRates(USUAL_RATES, currency),
    });
    const nonce = randomBytes(NONCE_BYTES).toString('hex');
    const secret = this.sealed.open(`pairing ${number} ${hardware}`, sealedKey);
    const key = pairedKey(Buffer.from(secret, 'hex'), { number, hardware, nonce });
    await coinBoxes.setKey(id, this.sealed.seal(`coin box ${id}`, key.toString('hex')));
    await coinBoxes.setPaired(number, id, nonce);
    const detail = { box: id, hardware };
    await journal.audit([{ at, who: by, what: 'coin box paired', subject: name, detail }]);
    return id;
  }
}

/** @throws NotFound, InvalidInput when it cannot be sold by coins */
export async function coinPlan({ plans }: Stores, name: string): Promise<Plan> {
  const plan = await plans.find(name);
  if (!plan) throw new NotFound(say`There is no plan called "${name}"`);
  const why = noCoinPlan(plan.terms);
  if (why === 'capped') {
    throw new InvalidInput(
      say`Plan ${plan.name} has a data cap or fair use, which would start again with each coin. Choose another plan`,
    );
  }
  if (why) throw new InvalidInput(say`Plan ${plan.name} is for subscribers. Choose another plan`);
  return plan;
}

function boxName(typed: string): string {
  const name = typed.trim().replaceAll(/\s+/g, ' ');
  if (NAME.test(name)) return name;
  throw new InvalidInput('Give the box a name of 1 to 40 letters, such as Front door');
}
