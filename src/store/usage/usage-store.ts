import type { Knex } from 'knex';
import type { Accounts } from '../../domain/loop/accounting';
import type { Reading, SessionCounter, UsageEntry } from '../../domain/loop/loop-state';
import { slotAt } from '../../domain/usage/usage-slots';
import type { Mac, Rates } from '../../domain/units';
import {
  bulkInsert,
  bulkSelect,
  bulkUpdate,
  bulkUpsert,
  listParameter,
  rowsAsTable,
} from '../database/bulk';
import { bytesOfPairs } from './usage-resolutions';

/** Cells of one reading, in the order of READING_COLUMNS. */
type ReadingCells = [
  ...[string, number, string, string, number, number, number, string | null, number],
  ...Bytes,
];
/** Empty where they are not known. */
type Bytes = [up: number | null, down: number | null];

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
  'heard_up',
  'heard_down',
];

/** The last counter readings, and the usage computed from them. */
export class UsageStore {
  /** @param router whose counters were read; 0 is the first one */
  constructor(
    private readonly db: Knex,
    private readonly router = 0,
  ) {}

  async readings(): Promise<Reading[]> {
    const rows = await bulkSelect<ReadingCells>(
      this.db,
      READING_COLUMNS,
      `counter_readings join sessions on sessions.id = counter_readings.session_id
       where counter_readings.router_id = ?`,
      [this.router],
    );
    return rows.map(
      ([mac, sessionId, code, queueId, boot, up, down, activeId, uptimeMs, ...heard]) => ({
        mac: mac as Mac,
        sessionId,
        code,
        counter: { queueId, boot, bytes: { up, down } },
        activeId,
        uptimeMs,
        heard: toBytes(heard),
      }),
    );
  }

  async sessionCounters(): Promise<SessionCounter[]> {
    const rows = await bulkSelect<[string, string, number, number | null, ...Bytes]>(
      this.db,
      ['mac', 'active_id', 'boot', 'still', 'bytes_up', 'bytes_down'],
      'session_counters where router_id = ?',
      [this.router],
    );
    return rows.map(([mac, activeId, boot, still, ...bytes]) => ({
      mac: mac as Mac,
      activeId,
      boot,
      bytes: toBytes(bytes),
      ...(still !== null && { still }),
    }));
  }

  /**
   * Stores the result of one round, with one statement a table. Belongs in the transaction that stores
   * the vouchers' totals.
   */
  async add(accounts: Accounts, now: Date): Promise<void> {
    await this.nameNew(accounts);
    await this.saveReadings(accounts.readings, now);
    await this.moveReadings(accounts.moved, now);
    await this.book(accounts.usage, now);
    await this.saveSessions(accounts.sessions);
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

  /**
   * Numbers for devices and codes that may be new: those with a first reading, or whose sessions are
   * counted. A device with a reading has a number, so the thousands that only moved on are skipped.
   */
  private async nameNew({ readings, usage, sessions }: Accounts): Promise<void> {
    const macs = new Set([...readings, ...(sessions?.seen ?? [])].map(({ mac }) => mac));
    const begun = usage.filter(({ mac }) => macs.has(mac));
    await this.name([...readings, ...begun].flatMap(({ mac, code }) => [mac, code]));
  }

  /** Usage that no router of ours counted, in the present slot: it is of no device, and the code stands for one. */
  async addOutside(code: string, bytes: Rates, now: Date): Promise<void> {
    await this.name([code]);
    await this.book([{ code, mac: code as Mac, bytes }], now);
  }

  private async name(all: readonly string[]): Promise<void> {
    const names = new Set(all);
    if (names.size === 0) return;
    await this.db.raw(
      `insert into usage_names (name, plan_id)
       select t.name, p.plan_id from (${rowsAsTable(this.db, { name: 'text' })}) as t
       left join vouchers on code = t.name left join plan_versions p on p.id = plan_version_id
       where true on conflict (name) do nothing`,
      [JSON.stringify([...names].map((name) => [name]))],
    );
  }

  /**
   * Adds bytes to the present slot; if a clock that was set back points into closed hours, to the first
   * open slot. A name without a number is an error, not a loss.
   */
  private async book(
    usage: readonly Pick<UsageEntry, 'code' | 'mac' | 'bytes'>[],
    now: Date,
  ): Promise<void> {
    if (usage.length === 0) return;
    const columns = {
      mac: 'text',
      code: 'text',
      bytes_up: 'bigint',
      bytes_down: 'bigint',
    } as const;
    const slot = slotAt(now);
    await this.db.raw(
      `insert into usage_slots (slot, device, voucher, bytes_up, bytes_down)
       select (select case when hours_to > ? then hours_to else ? end from usage_marks),
         d.id, v.id, t.bytes_up, t.bytes_down
       from (${rowsAsTable(this.db, columns)}) as t
       left join usage_names d on d.name = t.mac left join usage_names v on v.name = t.code
       where true on conflict (slot, device, voucher) do update set
         bytes_up = usage_slots.bytes_up + excluded.bytes_up,
         bytes_down = usage_slots.bytes_down + excluded.bytes_down`,
      [
        slot,
        slot,
        JSON.stringify(usage.map(({ mac, code, bytes }) => [mac, code, bytes.up, bytes.down])),
      ],
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
        router_id: 'bigint',
        heard_up: 'bigint',
        heard_down: 'bigint',
      },
      ['mac', 'router_id'],
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
          'heard_up',
          'heard_down',
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
        this.router,
        reading.heard?.up ?? null,
        reading.heard?.down ?? null,
      ]),
    );
  }

  private async moveReadings(readings: readonly Reading[], now: Date): Promise<void> {
    await bulkUpdate(
      this.db,
      'counter_readings',
      {
        mac: 'text',
        router_id: 'bigint',
        bytes_up: 'bigint',
        bytes_down: 'bigint',
        uptime_ms: 'bigint',
        heard_up: 'bigint',
        heard_down: 'bigint',
      },
      {
        bytes_up: 'v.bytes_up',
        bytes_down: 'v.bytes_down',
        uptime_ms: 'v.uptime_ms',
        read_at: 'v.read_at',
        heard_up: 'v.heard_up',
        heard_down: 'v.heard_down',
      },
      readings.map(({ mac, counter, uptimeMs, heard }) => [
        mac,
        this.router,
        counter.bytes.up,
        counter.bytes.down,
        uptimeMs,
        heard?.up ?? null,
        heard?.down ?? null,
      ]),
      { read_at: now.toISOString() },
      ['mac', 'router_id'],
    );
  }

  private async saveSessions(sessions: Accounts['sessions']): Promise<void> {
    if (!sessions) return;
    const columns = ['active_id', 'boot', 'bytes_up', 'bytes_down', 'still'];
    await bulkUpsert(
      this.db,
      'session_counters',
      {
        mac: 'text',
        active_id: 'text',
        boot: 'bigint',
        bytes_up: 'bigint',
        bytes_down: 'bigint',
        still: 'bigint',
        router_id: 'bigint',
      },
      ['mac', 'router_id'],
      Object.fromEntries(columns.map((name) => [name, `excluded.${name}`])),
      sessions.seen.map(({ mac, activeId, boot, bytes, still }) => [
        mac,
        activeId,
        boot,
        bytes?.up ?? null,
        bytes?.down ?? null,
        still ?? null,
        this.router,
      ]),
    );
    if (sessions.gone.length === 0) return;
    await this.db('session_counters')
      .where({ router_id: this.router })
      .whereRaw(`mac in (${listParameter(this.db)})`, [JSON.stringify(sessions.gone)])
      .delete();
  }

  /** The queues of these devices are gone, and were read before they went. */
  async forgetReadings(macs: readonly Mac[]): Promise<void> {
    if (macs.length === 0) return;
    await this.db('counter_readings')
      .where({ router_id: this.router })
      .whereIn('mac', [...macs])
      .delete();
  }

  /** Bytes of one device over all time, or of everybody. */
  async totals(mac?: Mac): Promise<Rates> {
    const rows = await bytesOfPairs(this.db, mac === undefined ? undefined : { mac });
    return {
      up: rows.reduce((sum, { bytes }) => sum + bytes.up, 0),
      down: rows.reduce((sum, { bytes }) => sum + bytes.down, 0),
    };
  }

  /** There was no round between these times. */
  async addGap({ from, to }: { from: Date; to: Date }): Promise<void> {
    await this.db('look_gaps').insert({ from_at: from.toISOString(), to_at: to.toISOString() });
  }

  async gaps(mac?: Mac): Promise<{ mac: string; code: string; reason: string }[]> {
    const query = this.db('usage_gaps').select('mac', 'code', 'reason').orderBy('id');
    return mac ? query.where({ mac }) : query;
  }
}

function toBytes([up, down]: Bytes): Rates | null {
  return up === null || down === null ? null : { up, down };
}
