import type { Knex } from 'knex';
import type { PartTerms } from '../../domain/vouchers/sharing';
import type { Voucher } from '../../domain/vouchers/voucher';
import type { Mac } from '../../domain/units';
import { soldCells } from './voucher-columns';
import { insertVouchers } from './voucher-store';

/** A part of a voucher as it is passed on. */
export interface NewPart {
  code: string;
  terms: PartTerms;
  by: Mac;
  at: Date;
  /** Of the form that ordered it; unique. */
  orderKey: string;
}

/** What a part has from the voucher it is of. */
interface Origin {
  plan_version_id: number | null;
  site_id: number | null;
}

/** Vouchers that are parts of others, passed on by customers: each is a batch of its own, made by its device. */
export class PartStore {
  constructor(private readonly db: Knex) {}

  /** A voucher like the one it is a part of, good at the same sites; nothing is paid for it. */
  async add(of: Voucher, { code, terms, by, at, orderKey }: NewPart): Promise<void> {
    const made = {
      created_at: at.toISOString(),
      created_by: by,
      sold_by: of.seller ?? of.createdBy,
    };
    const from = await this.db('vouchers')
      .leftJoin('batches', 'batches.id', 'vouchers.batch_id')
      .where({ code: of.code })
      .first<Origin>('vouchers.plan_version_id', 'site_id');
    const note = `Part of ${of.code}`;
    const [batch] = await this.db('batches')
      .insert({ ...from, ...made, count: 1, prefix: '', note, order_key: orderKey })
      .returning<{ id: number }[]>('id');
    const price = { ...of.terms.price, amount: 0 };
    await insertVouchers(this.db, [
      {
        ...{ code, batch_id: batch!.id, plan_version_id: from.plan_version_id, is_developer: 0 },
        ...soldCells({ ...of.terms, ...terms, price }),
        ...made,
        not_at: of.notAt ? JSON.stringify(of.notAt) : null,
      },
    ]);
  }

  /** What is left after a part was passed on. @param worth what a refund gives back, in minor units */
  async keepRest(code: string, capBytes: number | null, worth: number): Promise<void> {
    await this.db('vouchers').where({ code }).update({ cap_bytes: capBytes, refund_minor: worth });
  }

  /** What a refund of this voucher gives back, in minor units: its price, or less where parts were passed on. */
  async worthOf({ code, terms }: Voucher): Promise<number> {
    const row: { refund_minor: number | string | null } | undefined = await this.db('vouchers')
      .where({ code })
      .first('refund_minor');
    return Number(row?.refund_minor ?? terms.price.amount);
  }

  /** Codes that this device passed on and nobody used yet, the newest first. */
  async unusedOf(mac: Mac): Promise<string[]> {
    return this.db('batches')
      .join('vouchers', 'vouchers.batch_id', 'batches.id')
      .where({ 'batches.created_by': mac, status: 'unused' })
      .whereNotNull('batches.order_key') // what the device bought with coins is its own
      .orderBy('batches.id', 'desc')
      .pluck('code');
  }
}
