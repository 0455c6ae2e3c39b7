import type { Knex } from 'knex';
import { isoTime } from '../../clock';
import type { CoinBox } from '../../domain/coin-box/coin-box';
import type { CoinCounter, Denomination } from '../../domain/coin-box/coin-counters';
import type { CoinRate } from '../../domain/coin-box/coin-rates';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

interface BoxRow extends Record<
  'name' | 'hardware' | 'sealed_key' | 'currency' | 'denominations' | 'rates' | 'paired_at',
  string
> {
  id: number;
  site_id: number | null;
  plan_id: number;
  request_counter: number | string;
  boot: string | null;
  firmware: string | null;
  seen_at: string | null;
  paired_by: string;
}

/** A box that shows its number, and waits for the owner to type it. */
export interface Pairing {
  number: string;
  hardware: string;
  /** The secret that the box sent, encrypted. */
  sealedKey: string;
  since: Date;
  /** Once it is paired. */
  paired: { boxId: number; nonce: string } | null;
}

/** What may be changed of a box that is paired. */
export type CoinBoxTerms = Pick<CoinBox, 'siteId' | 'planId' | 'denominations' | 'rates'>;

/** What a report leaves in the row of its box. */
export interface Heard {
  requestCounter: number;
  boot: string;
  firmware: string;
  at: Date;
}

/** Boxes with a coin slot, what they counted, and those that are being paired. */
export class CoinBoxStore {
  constructor(private readonly db: Knex) {}

  /** By name; without those that were removed. */
  async list(): Promise<CoinBox[]> {
    const rows = await this.db<BoxRow>('coin_boxes').whereNull('removed_at').orderBy('name');
    return rows.map(toBox);
  }

  async find(id: number): Promise<CoinBox | undefined> {
    const row = await this.db<BoxRow>('coin_boxes').where({ id }).whereNull('removed_at').first();
    return row && toBox(row);
  }

  /** @throws Conflict when the name is taken */
  async add(
    box: Omit<CoinBox, 'id' | 'sealedKey' | 'requestCounter' | 'boot' | 'firmware' | 'seenAt'>,
  ): Promise<number> {
    const { name, hardware, planId, currency, pairedAt, pairedBy } = box;
    const [row] = await orConflict(say`There is a coin box called ${name} already`, () =>
      this.db('coin_boxes')
        .insert({
          ...{ name, hardware, plan_id: planId, currency, sealed_key: '' },
          ...termsCells(box),
          ...{ paired_at: isoTime(pairedAt), paired_by: pairedBy },
        })
        .returning<{ id: number }[]>('id'),
    );
    return row!.id;
  }

  /** What it signs with, encrypted for this very row. */
  async setKey(id: number, sealedKey: string): Promise<void> {
    await this.db('coin_boxes').where({ id }).update({ sealed_key: sealedKey });
  }

  async setTerms(id: number, terms: CoinBoxTerms): Promise<void> {
    await this.db('coin_boxes')
      .where({ id })
      .update({ ...termsCells(terms), plan_id: terms.planId });
  }

  async remove(id: number, at: Date): Promise<void> {
    await this.db('coin_boxes')
      .where({ id })
      .update({ removed_at: isoTime(at) });
  }

  async heard(id: number, { requestCounter, boot, firmware, at }: Heard): Promise<void> {
    await this.db('coin_boxes')
      .where({ id })
      .update({ request_counter: requestCounter, boot, firmware, seen_at: isoTime(at) });
  }

  /** It asked for something, with this number; what it counted was not said. */
  async counted(id: number, requestCounter: number): Promise<void> {
    await this.db('coin_boxes').where({ id }).update({ request_counter: requestCounter });
  }

  /** Its lifetime counters, as the books hold them. */
  async counters(boxId: number): Promise<CoinCounter[]> {
    const rows: { coin: string; pulses: number | string; rest: number }[] = await this.db(
      'coin_counters',
    )
      .where({ box_id: boxId })
      .orderBy('coin');
    return rows.map(({ coin, pulses, rest }) => ({ key: coin, pulses: Number(pulses), rest }));
  }

  async saveCounters(boxId: number, counters: readonly CoinCounter[]): Promise<void> {
    for (const { key: coin, pulses, rest } of counters) {
      const changed = await this.db('coin_counters')
        .where({ box_id: boxId, coin })
        .update({ pulses, rest });
      if (changed === 0) {
        await this.db('coin_counters').insert({ box_id: boxId, coin, pulses, rest });
      }
    }
  }

  /** The oldest first. */
  async pairings(): Promise<Pairing[]> {
    const rows: PairingRow[] = await this.db('coin_pairings').orderBy(['since', 'number']);
    return rows.map(toPairing);
  }

  async addPairing({ number, hardware, sealedKey, since }: Pairing): Promise<void> {
    await this.db('coin_pairings').insert({
      ...{ number, hardware, sealed_key: sealedKey, since: isoTime(since) },
    });
  }

  async setPaired(number: string, boxId: number, nonce: string): Promise<void> {
    await this.db('coin_pairings').where({ number }).update({ box_id: boxId, nonce });
  }

  /** Of this box, once it signs; or all from before then. */
  async dropPairings(which: { boxId: number } | { before: Date }): Promise<void> {
    const rows = this.db('coin_pairings');
    if ('boxId' in which) await rows.where({ box_id: which.boxId }).delete();
    else await rows.where('since', '<', which.before.toISOString()).delete();
  }
}

interface PairingRow {
  number: string;
  hardware: string;
  sealed_key: string;
  since: string;
  nonce: string | null;
  box_id: number | null;
}

function toPairing({ number, hardware, sealed_key, since, nonce, box_id }: PairingRow): Pairing {
  return {
    ...{ number, hardware, sealedKey: sealed_key, since: new Date(since) },
    paired: box_id === null ? null : { boxId: box_id, nonce: nonce! },
  };
}

function termsCells({ siteId, denominations, rates }: Omit<CoinBoxTerms, 'planId'>) {
  return {
    site_id: siteId,
    denominations: JSON.stringify(denominations),
    rates: JSON.stringify(rates),
  };
}

function toBox(row: BoxRow): CoinBox {
  const { id, name, hardware, currency, boot, firmware } = row;
  return {
    ...{ id, name, hardware, currency, boot, firmware },
    ...{ siteId: row.site_id, sealedKey: row.sealed_key, planId: row.plan_id },
    denominations: JSON.parse(row.denominations) as Denomination[],
    rates: JSON.parse(row.rates) as CoinRate[],
    requestCounter: Number(row.request_counter),
    seenAt: row.seen_at === null ? null : new Date(row.seen_at),
    ...{ pairedAt: new Date(row.paired_at), pairedBy: row.paired_by },
  };
}
