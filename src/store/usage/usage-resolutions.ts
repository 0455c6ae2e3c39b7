/**
 * The usage tables. Every row has bytes up and bytes down; a slot is five minutes, numbered since 1970.
 *
 *   table             one row for each                written by                   kept for
 *   usage_slots       slot, device, voucher           UsageStore, every round      USAGE_KEEP_RAW_DAYS
 *   usage_hours       hour, device, voucher           UsageRollup.closeHour        USAGE_KEEP_HOURLY_DAYS
 *   usage_days        day, device, voucher            UsageRollup.closeDay         USAGE_KEEP_DAILY_DAYS
 *   usage_plan_hours  hour, plan                      UsageRollup.closeHour        as usage_hours
 *   usage_plan_days   day, plan                       UsageRollup.closeDay         as usage_days
 *   usage_years       year, plan, device or voucher   UsageRollup.addToYear        as usage_days
 *   usage_totals      device, voucher                 UsageRollup.closeHour        ever
 *   usage_names       the number of a MAC or code     UsageStore                   ever
 *   usage_marks       the watermarks, one row         UsageRollup                  ever
 *
 * Slots, hours and days overlap. The watermarks say up to where slots are in the hours and hours in the
 * days, so each byte is found once at any resolution: in that table up to its watermark, and in the finer
 * tables from there on.
 */
import type { Knex } from 'knex';
import type { SlotInterval } from '../../domain/usage/usage-slots';
import type { Rates } from '../../domain/units';
import type { Cell } from '../database/bulk';
import { rowsIn } from '../database/dialect';

type UsageTable = 'usage_slots' | 'usage_hours' | 'usage_days';
export type Resolution = 'slot' | 'hour' | 'day';

export interface Watermarks {
  /** Slots before it are in the hours, and in the totals. */
  hoursTo: number;
  /** Hours before it are in the days. */
  daysTo: number;
  /** Days before `yearsTo` are in the years, as this time zone cuts them; years before `yearsFrom` are not. */
  yearsTo: number;
  yearsFrom: number;
  yearsZone: string;
}

/** A stretch of one table. */
export interface TableInterval extends SlotInterval {
  table: UsageTable;
}

/** Whose usage: of one device, of one voucher, of the vouchers of a plan, or everybody's. */
export type Whose = { mac: string } | { code: string } | { plan: string } | undefined;

export interface WatermarksRow {
  hours_to: number;
  days_to: number;
  years_to: number;
  years_from: number;
  years_zone: string;
}

export async function readWatermarks(db: Knex): Promise<Watermarks> {
  return toWatermarks((await db('usage_marks').first()) as WatermarksRow);
}

export function toWatermarks(row: WatermarksRow): Watermarks {
  return {
    hoursTo: row.hours_to,
    daysTo: row.days_to,
    yearsTo: row.years_to,
    yearsFrom: row.years_from,
    yearsZone: row.years_zone,
  };
}

/** Where each byte of the span is found once, none coarser than `resolution`. */
export function intervalsOf(
  { from, to }: SlotInterval,
  resolution: Resolution,
  watermarks: Watermarks,
): TableInterval[] {
  const daysTo = resolution === 'day' ? watermarks.daysTo : from;
  const hoursTo = resolution === 'slot' ? from : Math.max(watermarks.hoursTo, daysTo);
  const intervals: TableInterval[] = [
    { table: 'usage_days', from, to: Math.min(to, daysTo) },
    { table: 'usage_hours', from: Math.max(from, daysTo), to: Math.min(to, hoursTo) },
    { table: 'usage_slots', from: Math.max(from, hoursTo), to },
  ];
  return intervals.filter(({ from: start, to: end }) => start < end);
}

/** SQL for a table of slot, device, voucher, bytes_up, bytes_down, and its parameters. */
export function rowsOf(
  intervals: readonly TableInterval[],
  whose: Whose,
): { sql: string; values: Cell[] } {
  const parts = intervals.map((interval) => rowsOfInterval(interval, whose));
  if (parts.length === 0) {
    return rowsOf([{ table: 'usage_slots', from: 0, to: 0 }], undefined); // an empty table
  }
  return {
    sql: parts.map(({ sql }) => `select * from (${sql}) as part`).join(' union all '),
    values: parts.flatMap(({ values }) => values),
  };
}

/**
 * The same of plans, from the sums that are kept of their closed hours and days.
 * @returns SQL for a table of slot, plan (0 is none), bytes_up, bytes_down, and its parameters
 */
export function planRowsOf(
  intervals: readonly TableInterval[],
  plan: string | undefined,
): { sql: string; values: Cell[] } {
  const parts = intervals.map(({ table, from, to }) => {
    const rows = {
      usage_days: 'select * from usage_plan_days',
      usage_hours: 'select * from usage_plan_hours',
      usage_slots: `select u.slot, coalesce(n.plan_id, 0) as plan, u.bytes_up, u.bytes_down
        from usage_slots u join usage_names n on n.id = u.voucher`,
    }[table];
    const own = plan === undefined ? '' : 'and plan = (select id from plans where name = ?)';
    return {
      sql: `select * from (${rows}) as sums where slot >= ? and slot < ? ${own}`,
      values: plan === undefined ? [from, to] : [from, to, plan],
    };
  });
  return {
    sql: parts.map(({ sql }) => sql).join(' union all '),
    values: parts.flatMap(({ values }) => values),
  };
}

const CELLS = 'u.slot, u.device, u.voucher, u.bytes_up, u.bytes_down';

function rowsOfInterval(
  { table, from, to }: TableInterval,
  whose: Whose,
): { sql: string; values: Cell[] } {
  if (!whose || 'plan' in whose) {
    const vouchers = `select id from usage_names
      where plan_id = (select id from plans where name = ?)`;
    return {
      sql: `select ${CELLS} from ${table} u where u.slot >= ? and u.slot < ?
        ${whose ? `and u.voucher in (${vouchers})` : ''}`,
      values: whose ? [from, to, whose.plan] : [from, to],
    };
  }
  // The key begins with the slot, so that what is written at one time is stored together. One device is
  // still found fast: step from slot to slot by the key, and look there for the device.
  const devices =
    'mac' in whose
      ? 'select id from usage_names where name = ?'
      : // What another program counted is of no device, and has the code in place of one.
        `select n.id from sessions s join usage_names n on n.name = s.mac where s.code = ?
         union select id from usage_names where name = ?`;
  const voucher =
    'code' in whose ? 'and u.voucher = (select id from usage_names where name = ?)' : '';
  return {
    sql: `with recursive steps(slot) as (
        select min(slot) from ${table} where slot >= ? and slot < ?
        union all
        select (select min(next.slot) from ${table} next where next.slot > steps.slot and next.slot < ?)
        from steps where steps.slot is not null)
      select ${CELLS} from steps cross join (${devices}) as d cross join ${table} u
      where u.slot = steps.slot and u.device = d.id ${voucher}`,
    values: [
      from,
      to,
      to,
      ...('mac' in whose ? [whose.mac] : [whose.code, whose.code, whose.code]),
    ],
  };
}

const NO_END = 2 ** 31 - 1;

/** All that was ever used by each device with each voucher: of one device, of one voucher, or of all. */
export async function bytesOfPairs(
  db: Knex,
  whose: { mac: string } | { code: string } | undefined,
): Promise<{ mac: string; code: string; bytes: Rates }[]> {
  const { hoursTo } = await readWatermarks(db);
  const open = rowsOf([{ table: 'usage_slots', from: hoursTo, to: NO_END }], whose);
  const column = whose && ('mac' in whose ? 'device' : 'voucher');
  const name = whose && ('mac' in whose ? whose.mac : whose.code);
  const answer: unknown = await db.raw(
    `select d.name as mac, v.name as code, sum(bytes_up) as up, sum(bytes_down) as down from (
       select device, voucher, bytes_up, bytes_down from usage_totals
         ${column ? `where ${column} = (select id from usage_names where name = ?)` : ''}
       union all select device, voucher, bytes_up, bytes_down from (${open.sql}) as still_open) as pairs
     join usage_names d on d.id = device join usage_names v on v.id = voucher
     group by d.name, v.name order by d.name, v.name`,
    [...(name === undefined ? [] : [name]), ...open.values] as Knex.Value[],
  );
  const rows = rowsIn<{ mac: string; code: string; up: number | string; down: number | string }>(
    db,
    answer,
  );
  return rows.map(({ mac, code, up, down }) => ({
    mac,
    code,
    bytes: { up: Number(up), down: Number(down) },
  }));
}
