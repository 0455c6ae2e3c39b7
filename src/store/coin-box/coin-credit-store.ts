import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { CreditMove, StrayCoins, StraySettledAs } from '../../domain/coin-box/coin-box';
import type { Mac } from '../../domain/units';

interface StrayRow {
  id: number;
  box_id: number;
  at: string;
  amount_minor: number | string;
  currency: string;
  settled_at: string | null;
  settled_as: string | null;
  settled_by: string | null;
}

/** What a device put into boxes and did not spend yet. */
export interface DeviceCredit {
  mac: Mac;
  /** Minor units. */
  amount: number;
  currency: string;
  /** Of the last coin. */
  at: Date;
}

/** Credit of devices, by its movements, and coins that are nobody's. */
export class CoinCreditStore {
  constructor(private readonly db: Knex) {}

  async add({ at, mac, boxId, kind, amount, currency, code }: CreditMove): Promise<void> {
    await this.db('coin_credits').insert({
      ...{ at: isoTime(at), mac, box_id: boxId, kind, amount_minor: amount, currency, code },
    });
  }

  /** What a device has, minor units. */
  async of(mac: Mac): Promise<number> {
    const row = (await this.db('coin_credits')
      .where({ mac })
      .sum('amount_minor as amount')
      .first()) as { amount: number | string | null };
    return Number(row.amount ?? 0);
  }

  /** The box in which its last coin fell. */
  async lastBox(mac: Mac): Promise<number | undefined> {
    const row: { box_id: number } | undefined = await this.db('coin_credits')
      .where({ mac })
      .orderBy('id', 'desc')
      .first('box_id');
    return row?.box_id;
  }

  /** Vouchers that this device bought and nobody used yet, the newest first. */
  async unusedOf(mac: Mac): Promise<string[]> {
    return this.db('coin_credits')
      .join('vouchers', 'vouchers.code', 'coin_credits.code')
      .where({ mac, 'vouchers.status': 'unused' })
      .orderBy('coin_credits.id', 'desc')
      .pluck('vouchers.code');
  }

  /** Whether a voucher was bought with coins. */
  async hasBought(code: string): Promise<boolean> {
    return (await this.db('coin_credits').where({ code }).first('id')) !== undefined;
  }

  /** Of all devices that have some, the latest first. */
  async list(limit: number): Promise<DeviceCredit[]> {
    const rows = (await this.db('coin_credits')
      .select('mac', 'currency')
      .sum('amount_minor as amount')
      .max('at as last_at')
      .groupBy('mac', 'currency')
      .havingRaw('sum(amount_minor) > 0')
      .orderBy('last_at', 'desc')
      .limit(limit)) as (Pick<DeviceCredit, 'mac' | 'currency'> & {
      amount: number | string;
      last_at: string;
    })[];
    return rows.map(({ mac, currency, amount, last_at }) => ({
      ...{ mac, currency, amount: Number(amount), at: new Date(last_at) },
    }));
  }

  async addStray({
    boxId,
    at,
    amount,
    currency,
  }: Omit<StrayCoins, 'id' | 'settled'>): Promise<number> {
    const [row] = await this.db('coin_strays')
      .insert({ box_id: boxId, at: isoTime(at), amount_minor: amount, currency })
      .returning<{ id: number }[]>('id');
    return row!.id;
  }

  /** Those that are nobody's yet, the oldest first. */
  async openStrays(boxId?: number): Promise<StrayCoins[]> {
    const query = this.db<StrayRow>('coin_strays').whereNull('settled_at').orderBy('id');
    if (boxId !== undefined) void query.where({ box_id: boxId });
    return (await query).map(toStray);
  }

  /** @returns false if somebody was faster */
  async settleStray(id: number, as: StraySettledAs, at: Date, by: string): Promise<boolean> {
    const changed = await this.db('coin_strays')
      .where({ id })
      .whereNull('settled_at')
      .update({ settled_at: isoTime(at), settled_as: as, settled_by: by });
    return changed === 1;
  }
}

function toStray(row: StrayRow): StrayCoins {
  return {
    ...{ id: row.id, boxId: row.box_id, at: new Date(row.at) },
    ...{ amount: Number(row.amount_minor), currency: row.currency },
    settled: row.settled_at === null ? null : settled(row),
  };
}

function settled({ settled_at, settled_as, settled_by }: StrayRow): StrayCoins['settled'] {
  return { at: new Date(settled_at!), as: settled_as as StraySettledAs, by: settled_by! };
}
