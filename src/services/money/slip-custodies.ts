import type { Clock } from '../../clock';
import {
  isUnsettled,
  missingOf,
  worthOf,
  type SettledAs,
  type SlipCustody,
} from '../../domain/money/slip-custody';
import { formatMoney } from '../../domain/units';
import { parseSeller } from '../../domain/vouchers/seller';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import { sellerNames } from '../vouchers/sales';
import { say } from '../../text';

/** What a page shows at once. */
const SHOWN = 50;

/**
 * Printed slips in the hands of sellers. What is given is theirs to sell; what comes back is counted, and what
 * is missing then is paid by the seller or written off by the owner, before it is anybody's loss unseen.
 */
export class SlipCustodies {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives what is unused of a batch to a seller.
   * @throws InvalidInput without a name, NotFound, Conflict when nothing is left of it or somebody has it
   */
  async give(batchId: number, typed: string, by: string): Promise<SlipCustody> {
    const givenAt = this.clock.now();
    return this.stores.transaction(async (stores) => {
      const { vouchers, slipCustody, journal } = stores;
      const known = [...(await sellerNames(stores)), ...(await slipCustody.sellers())];
      const seller = parseSeller(typed, known);
      if (seller === null) throw new InvalidInput('Choose who gets the slips');
      if (!(await vouchers.sellerOf(batchId)))
        throw new NotFound(say`There is no batch ${batchId}`);
      const given = await slipCustody.unusedOf(batchId);
      if (given === 0) throw new Conflict(say`Batch ${batchId} has no unused vouchers`);
      const price = await slipCustody.priceOf(batchId);
      const custody = { batchId, seller, price, given, givenAt, givenBy: by };
      const id = await slipCustody.give(custody);
      await vouchers.handOver(batchId, seller);
      const detail = { to: seller, vouchers: given, slips: id };
      const subject = `batch ${batchId}`;
      await journal.audit([{ at: givenAt, who: by, what: 'batch handed over', subject, detail }]);
      return { ...custody, id, count: null, coveredLeft: 0 };
    });
  }

  /**
   * Counts what the seller brings back of a batch. Slips that are missing are an alert for the owner.
   * @throws Conflict when nobody has slips of it, InvalidInput for more than were given
   */
  async count(batchId: number, back: number, by: string): Promise<SlipCustody> {
    const at = this.clock.now();
    return this.stores.transaction(async (stores) => {
      const { slipCustody, journal } = stores;
      const custody = await slipCustody.openOf(batchId);
      if (!custody) throw new Conflict(say`Nobody has slips of batch ${batchId}`);
      if (back < 0 || back > custody.given) {
        throw new InvalidInput(
          say`${custody.seller} was given ${custody.given} slips, not ${back}`,
        );
      }
      const unused = await slipCustody.unusedOf(batchId);
      const count = { at, by, unused, back, settlement: null };
      await slipCustody.count(custody.id, count);
      const counted = { ...custody, count };
      await journal.audit([
        {
          ...{ at, who: by, what: 'slips counted', subject: `batch ${batchId}` },
          detail: { seller: custody.seller, slips: custody.id, unused, back },
        },
      ]);
      const missing = missingOf(count);
      const text = differenceText(counted, missing);
      if (text) await journal.raise('slips differ', `slips ${custody.id}`, text, at);
      if (missing <= 0) await takeBack(stores, counted);
      return counted;
    });
  }

  /**
   * Says what became of missing slips. If one of them is used later, its sale is in no drawer.
   * @throws NotFound, Conflict when nothing is missing, or it is settled already
   */
  async settle(id: number, as: SettledAs, by: string): Promise<SlipCustody> {
    const at = this.clock.now();
    return this.stores.transaction(async (stores) => {
      const { slipCustody, money, journal } = stores;
      const custody = await slipCustody.find(id);
      if (!custody) throw new NotFound(say`No slips were given under the number ${id}`);
      const { count, seller } = custody;
      if (!count || !isUnsettled(custody)) {
        throw new Conflict(say`There is nothing to settle of the slips ${id}`);
      }
      const missing = missingOf(count);
      const subject = `slips ${id}`;
      if (as === 'paid') {
        await money.append([
          {
            ...{ at, kind: 'payment', subject, money: worthOf(custody, missing) },
            ...{ seller: by, by, detail: { from: seller, slips: missing } },
          },
        ]);
      }
      const settlement = { as, at, by };
      await slipCustody.settle(id, settlement, missing);
      await journal.clear('slips differ', subject, at, by);
      await takeBack(stores, custody);
      const detail = { seller, as, missing };
      await journal.audit([{ at, who: by, what: 'missing slips settled', subject, detail }]);
      return { ...custody, count: { ...count, settlement }, coveredLeft: missing };
    });
  }

  /** Who has slips of this batch now. */
  openOf(batchId: number): Promise<SlipCustody | undefined> {
    return this.stores.slipCustody.openOf(batchId);
  }

  /** Those that are out, then the last ones that came back. */
  list(seller?: string): Promise<SlipCustody[]> {
    return this.stores.slipCustody.list(SHOWN, seller);
  }
}

/** What is left of the batch is the shop's again, unless somebody else was given it meanwhile. */
async function takeBack({ vouchers }: Stores, { batchId, seller }: SlipCustody): Promise<void> {
  const present = await vouchers.sellerOf(batchId);
  if (present?.seller === seller) await vouchers.handOver(batchId, null);
}

/** For the owner; `undefined` where all is there. */
function differenceText(custody: SlipCustody, missing: number): string | undefined {
  if (missing === 0) return undefined;
  const { seller, batchId } = custody;
  if (missing < 0) {
    return `Slips of batch ${batchId} that ${seller} brought back though their codes are used: ${-missing}. See Money > Drawers.`;
  }
  const worth = formatMoney(worthOf(custody, missing));
  return `Unused slips of batch ${batchId} that ${seller} did not bring back: ${missing}, worth ${worth}. See Money > Drawers.`;
}
