import type { Knex } from 'knex';
import type { Mac } from '../../domain/units';
import { bulkUpsert, listParameter } from '../database/bulk';
import { partOf } from '../database/like';

/** What a device is called; `null` where nobody said. */
export interface DeviceName {
  mac: Mac;
  /** The host name that the phone tells the router. */
  own: string | null;
  /** The staff's word, which counts. */
  given: string | null;
}

/** What devices are called. */
export class DeviceNameStore {
  constructor(private readonly db: Knex) {}

  async of(macs: readonly Mac[]): Promise<DeviceName[]> {
    if (macs.length === 0) return [];
    return this.db('device_names')
      .select<DeviceName[]>('mac', 'own', 'given')
      .whereRaw(`mac in (${listParameter(this.db)})`, [JSON.stringify(macs)]);
  }

  /** Devices with this text in the name by which people see them. */
  async find(text: string, limit: number): Promise<Mac[]> {
    return this.db('device_names').modify(isCalled, text).limit(limit).pluck('mac');
  }

  /** Devices of exactly this name, in any case. */
  async called(name: string, limit: number): Promise<Mac[]> {
    return this.db('device_names')
      .whereRaw('lower(coalesce(given, own)) = ?', [name.toLowerCase()])
      .orderBy('mac')
      .limit(limit)
      .pluck('mac');
  }

  async hear(names: readonly { mac: Mac; own: string }[]): Promise<void> {
    await bulkUpsert(
      this.db,
      'device_names',
      { mac: 'text', own: 'text' },
      ['mac'],
      { own: 'excluded.own' },
      names.map(({ mac, own }) => [mac, own]),
    );
  }

  /** @param given `null` takes the name away */
  async give(mac: Mac, given: string | null, by: string, at: Date): Promise<void> {
    const row = { given, given_by: by, given_at: at.toISOString() };
    await this.db('device_names')
      .insert({ mac, ...row })
      .onConflict('mac')
      .merge(row);
  }
}

/** A condition on `device_names`. */
export function isCalled(query: Knex.QueryBuilder, text: string): void {
  void query.whereRaw(...partOf('coalesce(given, own)', text));
}
