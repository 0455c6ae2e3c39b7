import type { Knex } from 'knex';
import type { Mac } from '../../domain/units';

export interface BlockedDevice {
  mac: Mac;
  reason: string;
  by: string;
  at: Date;
}

interface BlockRow {
  mac: Mac;
  reason: string;
  blocked_by: string;
  blocked_at: string;
}

/** Devices that staff have blocked, with any voucher. */
export class BlockStore {
  constructor(private readonly db: Knex) {}

  /** Newest first. */
  async list(): Promise<BlockedDevice[]> {
    const rows: BlockRow[] = await this.db('blocked_devices').orderBy('blocked_at', 'desc');
    return rows.map(toDevice);
  }

  async find(mac: Mac): Promise<BlockedDevice | undefined> {
    const row = await this.db<BlockRow>('blocked_devices').where({ mac }).first();
    return row && toDevice(row);
  }

  async macs(of: { mac?: Mac } = {}): Promise<Set<Mac>> {
    const rows: { mac: Mac }[] = await this.db('blocked_devices').where(of).select('mac');
    return new Set(rows.map(({ mac }) => mac));
  }

  /** False when it was blocked already. */
  async add({ mac, reason, by, at }: BlockedDevice): Promise<boolean> {
    if ((await this.macs({ mac })).size > 0) return false;
    const row = { mac, reason, blocked_by: by, blocked_at: at.toISOString() };
    await this.db('blocked_devices').insert(row);
    return true;
  }

  async remove(mac: Mac): Promise<void> {
    await this.db('blocked_devices').where({ mac }).delete();
  }
}

function toDevice(row: BlockRow): BlockedDevice {
  return { mac: row.mac, reason: row.reason, by: row.blocked_by, at: new Date(row.blocked_at) };
}
