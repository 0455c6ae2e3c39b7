import type { Knex } from 'knex';
import type { Accounts } from '../domain/accounting';
import type { Reading } from '../domain/books';
import type { Mac, Rates } from '../domain/units';
import { bulkInsert, bulkSelect, bulkUpdate, bulkUpsert } from './bulk';

/** Cells of one reading, in the order of READING_COLUMNS. */
type ReadingCells = [string, number, string, string, number, number, number, string | null, number];

const READING_COLUMNS = [
  'counter_readings.mac',
  'session_id',
  'sessions.code',
  'queue_id',
  'boot',
  'bytes_up',
  'bytes_down',
  'active_id',
  'uptime_ms',
];

/** Where the counters stood, and the usage that was read off them. */
export class UsageStore {
  constructor(private readonly db: Knex) {}

  async readings(): Promise<Reading[]> {
    const rows = await bulkSelect<ReadingCells>(
      this.db,
      READING_COLUMNS,
      'counter_readings join sessions on sessions.id = counter_readings.session_id',
    );
    return rows.map(([mac, sessionId, code, queueId, boot, up, down, activeId, uptimeMs]) => ({
      mac: mac as Mac,
      sessionId,
      code,
      counter: { queueId, boot, bytes: { up, down } },
      activeId,
      uptimeMs,
    }));
  }

  /** Stores what one look brought: one statement a table. Belongs into the same transaction as the vouchers' totals. */
  async add(accounts: Accounts, now: Date): Promise<void> {
    const hour = `${now.toISOString().slice(0, 13)}:00:00.000Z`;
    await this.saveReadings(accounts.readings, now);
    await this.moveReadings(accounts.moved, now);
    await bulkUpsert(
      this.db,
      'usage',
      { code: 'text', mac: 'text', bytes_up: 'bigint', bytes_down: 'bigint' },
      ['code', 'mac', 'hour'],
      {
        bytes_up: 'usage.bytes_up + excluded.bytes_up',
        bytes_down: 'usage.bytes_down + excluded.bytes_down',
      },
      accounts.usage.map(({ code, mac, bytes }) => [code, mac, bytes.up, bytes.down]),
      { hour },
    );
    await bulkInsert(
      this.db,
      'usage_gaps',
      { mac: 'text', code: 'text', reason: 'text', from_at: 'text', to_at: 'text' },
      accounts.gaps.map(({ mac, code, reason, from, to }) => [
        mac,
        code,
        reason,
        from.toISOString(),
        to.toISOString(),
      ]),
    );
  }

  private async saveReadings(readings: readonly Reading[], now: Date): Promise<void> {
    await bulkUpsert(
      this.db,
      'counter_readings',
      {
        mac: 'text',
        session_id: 'bigint',
        queue_id: 'text',
        boot: 'bigint',
        bytes_up: 'bigint',
        bytes_down: 'bigint',
        active_id: 'text',
        uptime_ms: 'bigint',
        read_at: 'text',
      },
      ['mac'],
      Object.fromEntries(
        [
          'session_id',
          'queue_id',
          'boot',
          'bytes_up',
          'bytes_down',
          'active_id',
          'uptime_ms',
          'read_at',
        ].map((name) => [name, `excluded.${name}`]),
      ),
      readings.map((reading) => [
        reading.mac,
        reading.sessionId,
        reading.counter.queueId,
        reading.counter.boot,
        reading.counter.bytes.up,
        reading.counter.bytes.down,
        reading.activeId,
        reading.uptimeMs,
        now.toISOString(),
      ]),
    );
  }

  private async moveReadings(readings: readonly Reading[], now: Date): Promise<void> {
    await bulkUpdate(
      this.db,
      'counter_readings',
      { mac: 'text', bytes_up: 'bigint', bytes_down: 'bigint', uptime_ms: 'bigint' },
      {
        bytes_up: 'v.bytes_up',
        bytes_down: 'v.bytes_down',
        uptime_ms: 'v.uptime_ms',
        read_at: 'v.read_at',
      },
      readings.map(({ mac, counter, uptimeMs }) => [
        mac,
        counter.bytes.up,
        counter.bytes.down,
        uptimeMs,
      ]),
      { read_at: now.toISOString() },
    );
  }

  /** The queues of these devices are gone, and were read before they went. */
  async forgetReadings(macs: readonly Mac[]): Promise<void> {
    if (macs.length === 0) return;
    await this.db('counter_readings')
      .whereIn('mac', [...macs])
      .delete();
  }

  /** Bytes of one device over all time, or of everybody. */
  async totals(mac?: Mac): Promise<Rates> {
    const query = this.db('usage').sum<
      { up: number | string | null; down: number | string | null }[]
    >({
      up: 'bytes_up',
      down: 'bytes_down',
    });
    const rows = await (mac ? query.where({ mac }) : query);
    return { up: Number(rows[0]?.up ?? 0), down: Number(rows[0]?.down ?? 0) };
  }

  async gaps(mac?: Mac): Promise<{ mac: string; code: string; reason: string }[]> {
    const query = this.db('usage_gaps').select('mac', 'code', 'reason').orderBy('id');
    return mac ? query.where({ mac }) : query;
  }
}
