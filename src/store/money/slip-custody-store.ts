import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type {
  SettledAs,
  Settlement,
  SlipCount,
  SlipCustody,
} from '../../domain/money/slip-custody';
import type { Terms } from '../../domain/plans/plan';
import type { Money } from '../../domain/units';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

interface CustodyRow {
  id: number;
  batch_id: number;
  seller: string;
  price_minor: number | string;
  currency: string;
  given: number;
  given_at: string;
  given_by: string;
  counted_at: string | null;
  counted_by: string | null;
  unused: number | null;
  back: number | null;
  settled_as: SettledAs | null;
  settled_at: string | null;
  settled_by: string | null;
  covered_left: number;
}

/** Slips that sellers have in their hands. A batch is in one seller's hands at a time. */
export class SlipCustodyStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when somebody has the slips of this batch */
  async give(custody: Omit<SlipCustody, 'id' | 'count' | 'coveredLeft'>): Promise<number> {
    const { batchId, seller, price, given, givenAt, givenBy } = custody;
    const [row] = await orConflict(
      say`The slips of batch ${batchId} are with a seller already; count them back first`,
      () =>
        this.db('slip_custody')
          .insert({
            ...{ batch_id: batchId, seller, price_minor: price.amount, currency: price.currency },
            ...{ given, given_at: isoTime(givenAt), given_by: givenBy },
          })
          .returning<{ id: number }[]>('id'),
    );
    return row!.id;
  }

  async count(id: number, { at, by, unused, back }: Omit<SlipCount, 'settlement'>): Promise<void> {
    await this.db('slip_custody')
      .where({ id })
      .update({ counted_at: isoTime(at), counted_by: by, unused, back });
  }

  /** @param covered how many slips it is about */
  async settle(id: number, { as, at, by }: Settlement, covered: number): Promise<void> {
    await this.db('slip_custody')
      .where({ id })
      .update({
        ...{ settled_as: as, settled_at: isoTime(at), settled_by: by, covered_left: covered },
      });
  }

  async openOf(batchId: number): Promise<SlipCustody | undefined> {
    const row = await this.rows().where({ batch_id: batchId }).whereNull('counted_at').first();
    return row && toCustody(row);
  }

  async find(id: number): Promise<SlipCustody | undefined> {
    const row = await this.rows().where({ id }).first();
    return row && toCustody(row);
  }

  /** Everybody who was given any. */
  async sellers(): Promise<string[]> {
    return this.db('slip_custody').distinct('seller').pluck('seller');
  }

  /** Newest first: those that are out, and the last ones that came back. */
  async list(limit: number, seller?: string): Promise<SlipCustody[]> {
    const query = this.rows().orderByRaw('counted_at is not null, id desc').limit(limit);
    if (seller !== undefined) void query.where({ seller });
    return (await query).map(toCustody);
  }

  /** Vouchers of the batch that nobody used, and that are good. */
  async unusedOf(batchId: number): Promise<number> {
    const [row] = await this.db('vouchers')
      .where({ batch_id: batchId, status: 'unused' })
      .count<{ count: number | string }[]>('* as count');
    return Number(row!.count);
  }

  /** What one voucher of the batch costs. */
  async priceOf(batchId: number): Promise<Money> {
    const row: { terms: string } = await this.db('batches')
      .join('plan_versions', 'plan_versions.id', 'batches.plan_version_id')
      .where('batches.id', batchId)
      .first('terms');
    return (JSON.parse(row.terms) as Terms).price;
  }

  private rows() {
    return this.db<CustodyRow>('slip_custody');
  }
}

function toCustody(row: CustodyRow): SlipCustody {
  return {
    ...{ id: row.id, batchId: row.batch_id, seller: row.seller },
    price: { amount: Number(row.price_minor), currency: row.currency },
    ...{ given: row.given, givenAt: new Date(row.given_at), givenBy: row.given_by },
    count:
      row.counted_at === null
        ? null
        : {
            ...{ at: new Date(row.counted_at), by: row.counted_by! },
            ...{ unused: row.unused!, back: row.back! },
            settlement: row.settled_as && {
              ...{ as: row.settled_as, at: new Date(row.settled_at!), by: row.settled_by! },
            },
          },
    coveredLeft: row.covered_left,
  };
}
