import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { CoinClaim } from '../../domain/coin-box/coin-claims';
import type { Mac } from '../../domain/units';

interface ClaimRow {
  id: number;
  box_id: number;
  mac: Mac;
  router_id: number;
  opened_at: string;
  closes_at: string;
  ended_at: string | null;
  amount_minor: number | string;
}

/** Who is or was at the slot of which box. */
export class CoinClaimStore {
  constructor(private readonly db: Knex) {}

  async add({ boxId, mac, routerId, openedAt, closesAt }: Omit<CoinClaim, 'id'>): Promise<void> {
    await this.db('coin_claims').insert({
      ...{ box_id: boxId, mac, router_id: routerId },
      ...{ opened_at: isoTime(openedAt), closes_at: isoTime(closesAt) },
    });
  }

  /** Ends those whose time is over. */
  async endDue(now: Date): Promise<void> {
    await this.db('coin_claims')
      .whereNull('ended_at')
      .where('closes_at', '<=', now.toISOString())
      .update({ ended_at: this.db.ref('closes_at') });
  }

  async end(id: number, at: Date): Promise<void> {
    await this.db('coin_claims')
      .where({ id })
      .whereNull('ended_at')
      .update({ ended_at: isoTime(at) });
  }

  /** Another coin fell. @param amount minor units. @param closesAt unless it ended */
  async addCoins({ id, endedAt }: CoinClaim, amount: number, closesAt: Date): Promise<void> {
    await this.db('coin_claims')
      .where({ id })
      .increment('amount_minor', amount)
      .update(endedAt === null ? { closes_at: isoTime(closesAt) } : {});
  }

  /** The last one of a box; it may be over. */
  async lastOfBox(boxId: number): Promise<CoinClaim | undefined> {
    return this.first({ box_id: boxId });
  }

  /** The last one of a device; it may be over. */
  async lastOf(mac: Mac): Promise<CoinClaim | undefined> {
    return this.first({ mac });
  }

  /** When the claims of a device ended in which no coin fell since its last one with, the newest first. */
  async emptyEnds(mac: Mac, since: Date): Promise<Date[]> {
    const rows = await this.db<ClaimRow>('coin_claims')
      .where({ mac })
      .whereNotNull('ended_at')
      .where('ended_at', '>=', since.toISOString())
      .orderBy('id', 'desc');
    const filled = rows.findIndex((row) => Number(row.amount_minor) > 0);
    const empty = filled < 0 ? rows : rows.slice(0, filled);
    return empty.map((row) => new Date(row.ended_at!));
  }

  private async first(where: object): Promise<CoinClaim | undefined> {
    const row = await this.db<ClaimRow>('coin_claims')
      .where(where as Partial<ClaimRow>)
      .orderBy('id', 'desc')
      .first();
    return row && toClaim(row);
  }
}

function toClaim(row: ClaimRow): CoinClaim {
  return {
    ...{ id: row.id, boxId: row.box_id, mac: row.mac, routerId: row.router_id },
    ...{ openedAt: new Date(row.opened_at), closesAt: new Date(row.closes_at) },
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    amount: Number(row.amount_minor),
  };
}
