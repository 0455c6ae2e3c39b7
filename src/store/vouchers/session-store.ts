import type { Knex } from 'knex';
import type { ManualLimit, SessionChange } from '../../domain/loop/loop-state';
import { isGoodAt } from '../../domain/shop/site';
import { total, type Mac, type Rates } from '../../domain/units';
import type { Session } from '../../domain/vouchers/voucher';
import { numbersGiven } from '../database/dialect';
import { bulkSelect, bulkUpdate, bulkUpsert, listParameter } from '../database/bulk';
import { bytesOfPairs } from '../usage/usage-resolutions';

interface SessionRow {
  id: number;
  code: string;
  mac: string;
  state: string;
  pending_until: string | null;
  created_at: string;
  signed_out: number;
  on_router: number;
}

/** A session at a router its device walked away from. */
interface LeftRow extends SessionRow {
  opened_at: string | null;
  moved_from: string | null;
  /** Of its voucher. */
  not_at: string | null;
}

const SESSION_COLUMNS = [
  'id',
  'code',
  'mac',
  'state',
  'pending_until',
  'created_at',
  'signed_out',
  'on_router',
];

/** A stored limit: also who set it, and when. */
export interface LimitByHand extends ManualLimit {
  by: string;
  at: Date;
}

/** One voucher's use on one device, for the device's own page. */
export interface PastSession {
  code: string;
  openedAt: Date;
  /** `null` while it goes on. */
  endedAt: Date | null;
  endReason: string | null;
  /** Its slot was another device's before. */
  movedHere: boolean;
  /** Up and down together, of this device alone. */
  bytes: number;
}

interface PastSessionRow {
  code: string;
  opened_at: string;
  ended_at: string | null;
  end_reason: string | null;
  moved_from: string | null;
}

type SessionCells = [number, string, string, string, string | null, string, number, number];

/** Devices, their holds on vouchers, and the speeds that staff set for them. */
export class SessionStore {
  /** @param router whose sessions these are, 0 for the first one; all routers' if unset */
  constructor(
    private readonly db: Knex,
    private readonly router?: number,
  ) {}

  /** Sessions that are not over, or may still have rows on their router; oldest first. */
  async ofInterest(): Promise<Session[]> {
    const rows = await bulkSelect<SessionCells>(
      this.db,
      SESSION_COLUMNS,
      `sessions where (state <> 'ended' or on_router = 1)${this.router === undefined ? '' : ' and router_id = ?'}`,
      this.router === undefined ? [] : [this.router],
    );
    return rows
      .map(([id, code, mac, state, pending_until, created_at, signed_out, on_router]) =>
        toSession({ id, code, mac, state, pending_until, created_at, signed_out, on_router }),
      )
      .sort((a, b) => a.id - b.id);
  }

  /** Codes that are in use here and at other routers: how many devices those let in under each, perhaps none. */
  async elsewhere(): Promise<Map<string, number>> {
    const here = this.router ?? 0;
    const isOfInterest = `(state <> 'ended' or on_router = 1)`; // as in the index
    const rows: { code: string; devices: number | string }[] = await this.db('sessions')
      .whereRaw(isOfInterest)
      .whereNot({ router_id: here })
      .whereIn('code', (own) => {
        void own.from('sessions').whereRaw(isOfInterest).where({ router_id: here }).select('code');
      })
      .groupBy('code')
      .select(
        'code',
        this.db.raw(
          `sum(case when state = 'open' and on_router = 1 and signed_out = 0 then 1 else 0 end) as devices`,
        ),
      );
    return new Map(rows.map(({ code, devices }) => [code, Number(devices)]));
  }

  async ofDevice(mac: Mac): Promise<Session[]> {
    const rows: SessionRow[] = await this.db('sessions')
      .select(SESSION_COLUMNS)
      .where({ mac })
      .whereNot('state', 'ended')
      .orderBy('id');
    return rows.map(toSession);
  }

  /** Devices that hold, or have held, these vouchers, with the address each was last seen at. */
  async devicesOf(
    codes: readonly string[],
  ): Promise<Map<string, { mac: Mac; ip: string | null }[]>> {
    const devices = new Map<string, { mac: Mac; ip: string | null }[]>();
    if (codes.length === 0) return devices;
    const rows: { code: string; mac: Mac; ip: string | null }[] = await this.db('sessions')
      .join('devices', 'devices.mac', 'sessions.mac')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)])
      .distinct('sessions.code', 'sessions.mac', 'devices.address as ip')
      .orderBy('sessions.mac');
    for (const { code, mac, ip } of rows) {
      devices.set(code, [...(devices.get(code) ?? []), { mac, ip }]);
    }
    return devices;
  }

  /** Slots of a voucher that are taken now; logged out and long silent devices first. */
  async slots(code: string): Promise<Session[]> {
    const rows: SessionRow[] = await this.db('sessions')
      .leftJoin('counter_readings', 'counter_readings.session_id', 'sessions.id')
      .select(SESSION_COLUMNS.map((name) => `sessions.${name}`))
      .where('sessions.code', code)
      .whereNot('state', 'ended')
      // An absent device has no queue, and so no reading; others were read when they last moved a byte.
      .orderByRaw(`signed_out desc, coalesce(read_at, ''), sessions.id`);
    return rows.map(toSession);
  }

  /** How often a slot of this voucher was moved to another device since then. */
  async countMoves(code: string, since: Date): Promise<number> {
    const [row] = await this.db('sessions')
      .where({ code, end_reason: 'moved' })
      .where('ended_at', '>', since.toISOString())
      .count<{ count: number | string }[]>('* as count');
    return Number(row!.count);
  }

  /** Whether the device has ever been let in. */
  async wasIn(mac: Mac): Promise<boolean> {
    return (
      (await this.db('sessions').where({ mac }).whereNotNull('opened_at').first('id')) !== undefined
    );
  }

  /** Whether the device holds a voucher, or held one that still exists. */
  async hasHeld(mac: Mac, code?: string): Promise<boolean> {
    const which = code === undefined ? { mac } : { mac, code };
    return (await this.db('sessions').where(which).first('id')) !== undefined;
  }

  /** Whether nobody was ever let in by these books, also not before they were cleared. */
  async wereNone(): Promise<boolean> {
    return !(await numbersGiven(this.db)).has('sessions');
  }

  /** Whether a device ever held a voucher here. */
  async hasSeen(mac: Mac): Promise<boolean> {
    return (await this.db('devices').where({ mac }).first('mac')) !== undefined;
  }

  /** The router at which each of these devices was let in last; devices that never were are missing. */
  async lastRouters(macs: readonly Mac[]): Promise<Map<Mac, number>> {
    if (macs.length === 0) return new Map();
    const last = this.db('sessions')
      .whereRaw(`mac in (${listParameter(this.db)})`, [JSON.stringify(macs)])
      .whereNotNull('opened_at')
      .groupBy('mac')
      .max('id');
    const rows: { mac: Mac; router_id: number }[] = await this.db('sessions')
      .whereIn('id', last)
      .select('mac', 'router_id');
    return new Map(rows.map(({ mac, router_id }) => [mac, router_id]));
  }

  /** The holds of a device, over or not, newest first, with what it used under each. */
  async history(mac: Mac, limit: number): Promise<PastSession[]> {
    const rows: PastSessionRow[] = await this.db('sessions')
      .where({ mac })
      .whereNotNull('opened_at')
      .orderBy('id', 'desc')
      .limit(limit)
      .select('id', 'code', 'opened_at', 'ended_at', 'end_reason', 'moved_from');
    const used = await bytesOfPairs(this.db, { mac });
    const bytesOf = new Map(used.map(({ code, bytes }) => [code, total(bytes)]));
    return rows.map((row) => ({
      code: row.code,
      openedAt: new Date(row.opened_at),
      endedAt: row.ended_at === null ? null : new Date(row.ended_at),
      endReason: row.end_reason,
      movedHere: row.moved_from !== null,
      bytes: bytesOf.get(row.code) ?? 0,
    }));
  }

  /** Records at which addresses devices were seen. */
  async seeDevices(seen: readonly { mac: Mac; address: string }[], now: Date): Promise<void> {
    const at = now.toISOString();
    await bulkUpsert(
      this.db,
      'devices',
      { mac: 'text', address: 'text', first_seen_at: 'text', last_seen_at: 'text' },
      ['mac'],
      { address: 'excluded.address', last_seen_at: 'excluded.last_seen_at' },
      seen.map(({ mac, address }) => [mac, address, at, at]),
    );
  }

  /**
   * A slot for a redemption under way; it counts until `until` unless the router lets the device in.
   * @param movedFrom the device whose slot it was before
   */
  async addPending(
    code: string,
    mac: Mac,
    now: Date,
    until: Date,
    movedFrom: Mac | null = null,
  ): Promise<number> {
    const [row] = await this.db('sessions')
      .insert({
        code,
        mac,
        moved_from: movedFrom,
        router_id: this.router ?? 0,
        state: 'pending',
        pending_until: until.toISOString(),
        created_at: now.toISOString(),
      })
      .returning<{ id: number }[]>('id');
    return row!.id;
  }

  /** The session of a PPPoE line, which lasts as long as its login: a modem comes in by itself. */
  async openLine(code: string, line: Mac, now: Date): Promise<void> {
    const at = now.toISOString();
    const device = { mac: line, address: null, first_seen_at: at, last_seen_at: at };
    await this.db('devices').insert(device).onConflict('mac').ignore();
    await this.db('sessions').insert({
      ...{ code, mac: line, router_id: this.router ?? 0, state: 'open' },
      ...{ created_at: at, opened_at: at },
    });
  }

  /**
   * The device walked to this router: its sessions at others end there and go on here. What it used there is
   * booked when that router's loop takes it out, under the same vouchers. Those of vouchers that are not good
   * here stay where they are.
   * @param site of this router, if it belongs to one
   */
  async bringHere(mac: Mac, now: Date, site: number | undefined): Promise<void> {
    const router_id = this.router ?? 0;
    const at = now.toISOString();
    const left: LeftRow[] = await this.db('sessions')
      .join('vouchers', 'vouchers.code', 'sessions.code')
      .where({ mac })
      .whereNot({ state: 'ended' })
      .whereNot({ router_id })
      .select('sessions.*', 'vouchers.not_at');
    for (const { id, code, state, pending_until, opened_at, signed_out, ...row } of left) {
      const notAt = row.not_at === null ? [] : (JSON.parse(row.not_at) as number[]);
      if (!isGoodAt({ notAt }, site)) continue;
      const ended = { state: 'ended', ended_at: at, end_reason: 'walked to another router' };
      await this.db('sessions').where({ id }).update(ended);
      const here = { router_id, created_at: at, opened_at: opened_at && at };
      await this.db('sessions').insert({
        ...{ code, mac, state, pending_until, signed_out, moved_from: row.moved_from, ...here },
      });
    }
  }

  /** Whether the router let the device in, by the books. */
  async isOpen(id: number): Promise<boolean> {
    return (await this.db('sessions').where({ id, state: 'open' }).first('id')) !== undefined;
  }

  /** A slot that is still pending counts for longer. */
  async renewPending(id: number, until: Date): Promise<void> {
    await this.db('sessions')
      .where({ id, state: 'pending' })
      .update({ pending_until: until.toISOString() });
  }

  /** Gives a pending slot back; one that opened in between stays. True when it was still pending. */
  async dropPending(id: number, now: Date): Promise<boolean> {
    const dropped = await this.db('sessions')
      .where({ id, state: 'pending' })
      .update({ state: 'ended', ended_at: now.toISOString(), end_reason: 'not completed' });
    return dropped === 1;
  }

  /** Takes a device's slot away to give it to another device. */
  async moveAway(id: number, now: Date): Promise<void> {
    await this.db('sessions')
      .where({ id })
      .update({ state: 'ended', ended_at: now.toISOString(), end_reason: 'moved' });
  }

  /** The device that was to get the slot did not get in: the former one has it again. */
  async moveBack(id: number): Promise<void> {
    await this.db('sessions')
      .where({ id, end_reason: 'moved' })
      .update({ state: 'open', ended_at: null, end_reason: null });
  }

  /** Ends every session of a voucher; the loop removes its rows from the router. */
  async endAll(code: string, reason: string, now: Date): Promise<void> {
    await this.endAllOf([code], reason, now);
  }

  async endAllOf(codes: readonly string[], reason: string, now: Date): Promise<void> {
    await this.db('sessions')
      .whereRaw(`code in (${listParameter(this.db)})`, [JSON.stringify(codes)])
      .whereNot('state', 'ended')
      .update({ state: 'ended', ended_at: now.toISOString(), end_reason: reason });
  }

  /** Gives devices their slots again that `endAll` took at that moment; those let in never get none. */
  async reopenAll(code: string, reason: string, endedAt: Date): Promise<void> {
    await this.db('sessions')
      .where({ code, end_reason: reason, ended_at: endedAt.toISOString() })
      .whereNotNull('opened_at')
      .update({ state: 'open', ended_at: null, end_reason: null });
  }

  /** Stores changed sessions. One that was ended by somebody else in between stays ended. */
  async save(changes: readonly SessionChange[], now: Date): Promise<void> {
    const at = now.toISOString();
    await bulkUpdate(
      this.db,
      'sessions',
      { id: 'bigint', state: 'text', end_reason: 'text', on_router: 'bigint', at: 'text' },
      {
        opened_at: `case when v.state = 'open' then coalesce(opened_at, v.at) else opened_at end`,
        ended_at: `case when v.state = 'ended' then coalesce(ended_at, v.at) else ended_at end`,
        end_reason: 'coalesce(sessions.end_reason, v.end_reason)',
        on_router: 'v.on_router',
        state: `case when sessions.state = 'ended' then 'ended' else v.state end`,
      },
      changes.map(({ id, state, endReason, onRouter }) => [
        id,
        state,
        endReason,
        onRouter ? 1 : 0,
        at,
      ]),
    );
  }

  /** Logs a device out until the customer comes back by the portal. True when it had a session. */
  async signOut(mac: Mac): Promise<boolean> {
    const touched = await this.db('sessions')
      .where({ mac })
      .whereNot('state', 'ended')
      .update({ signed_out: 1 });
    return touched > 0;
  }

  async signIn(mac: Mac): Promise<void> {
    await this.db('sessions').where({ mac }).whereNot('state', 'ended').update({ signed_out: 0 });
  }

  /** Newest first; those that are over as well. */
  async limits(of: { mac?: Mac } = {}): Promise<LimitByHand[]> {
    const rows: {
      mac: Mac;
      rate_up: number | string;
      rate_down: number | string;
      until_at: string | null;
      set_by: string;
      set_at: string;
    }[] = await this.db('manual_limits')
      .where(of)
      .orderBy([
        { column: 'set_at', order: 'desc' },
        { column: 'mac', order: 'desc' },
      ]);
    return rows.map((row) => ({
      mac: row.mac,
      rate: { up: Number(row.rate_up), down: Number(row.rate_down) },
      until: row.until_at === null ? null : new Date(row.until_at),
      by: row.set_by,
      at: new Date(row.set_at),
    }));
  }

  async setLimit(mac: Mac, rate: Rates, until: Date | null, by: string, now: Date): Promise<void> {
    const row = {
      rate_up: rate.up,
      rate_down: rate.down,
      until_at: until?.toISOString() ?? null,
      set_by: by,
      set_at: now.toISOString(),
    };
    await this.db('manual_limits')
      .insert({ mac, ...row })
      .onConflict('mac')
      .merge(row);
  }

  /** Moves the ends of limits along with a clock that was set. */
  async shiftLimits(limits: readonly ManualLimit[]): Promise<void> {
    await bulkUpdate(
      this.db,
      'manual_limits',
      { mac: 'text', until_at: 'text' },
      { until_at: 'v.until_at' },
      limits.map(({ mac, until }) => [mac, until?.toISOString() ?? null]),
    );
  }

  async removeLimit(mac: Mac): Promise<void> {
    await this.db('manual_limits').where({ mac }).delete();
  }
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    code: row.code,
    mac: row.mac as Mac,
    state: row.state as Session['state'],
    pendingUntil: row.pending_until === null ? null : new Date(row.pending_until),
    createdAt: new Date(row.created_at),
    signedOut: row.signed_out === 1,
    onRouter: row.on_router === 1,
  };
}
