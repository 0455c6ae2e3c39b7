import { yearOf, type SlotInterval } from '../../domain/usage/usage-slots';
import type { Cell } from '../database/bulk';
import { intervalsOf, rowsOf, type Watermarks, type Whose } from './usage-resolutions';

export type UsageBy = 'device' | 'voucher' | 'plan';

interface Question {
  sql: string;
  values: Cell[];
}

/**
 * The query for who used most in whole days: rows of kind, name, up and down, most first. The many rows
 * are summed once, and names are looked up only for those shown.
 * @param zone the shop's, which defines the year
 */
export function topQuestion(
  by: readonly UsageBy[],
  span: SlotInterval,
  whose: Whose,
  limit: number,
  watermarks: Watermarks,
  zone: string,
): Question {
  const year = summedYear(span, whose, watermarks, zone);
  const pairs = pairsOf({ from: year?.to ?? span.from, to: span.to }, whose, watermarks);
  const plan = whose && 'plan' in whose ? whose.plan : undefined;
  const parts = by.map((one) => ranked(one, year && sumsOf(one, year.from, plan, limit), limit));
  return {
    sql: `with pairs as materialized (${pairs.sql})
      select kind, up, down,
        case when kind = 'plan' then coalesce(plans.name, '') else n.name end as name
      from (${parts.map(({ sql }) => sql).join(' union all ')}) as ranked
      left join usage_names n on kind <> 'plan' and n.id = ranked.id
      left join plans on kind = 'plan' and plans.id = ranked.id
      order by up + down desc, name`,
    values: [...pairs.values, ...parts.flatMap(({ values }) => values)],
  };
}

/** The part of a whole year that is in the years table; `undefined` if there is none. */
function summedYear(
  span: SlotInterval,
  whose: Whose,
  watermarks: Watermarks,
  zone: string,
): SlotInterval | undefined {
  if (whose && !('plan' in whose)) return undefined;
  if (watermarks.yearsZone !== zone || span.from < watermarks.yearsFrom) return undefined;
  const { from, to } = yearOf(span.from, zone);
  if (from !== span.from || to !== span.to || watermarks.yearsTo <= from) return undefined;
  return { from, to: Math.min(to, watermarks.yearsTo) };
}

/** Each device with each voucher in the days of the span. */
function pairsOf(span: SlotInterval, whose: Whose, watermarks: Watermarks): Question {
  const intervals = intervalsOf(span, 'day', watermarks).map((interval) =>
    rowsOf([interval], whose),
  );
  const rows = intervals.length > 0 ? intervals : [rowsOf([], whose)];
  const summed = rows.map(
    ({ sql }) => `select * from (select device, voucher, sum(bytes_up) as up,
      sum(bytes_down) as down from (${sql}) as rows group by device, voucher) as part_pairs`,
  );
  return { sql: summed.join(' union all '), values: rows.flatMap(({ values }) => values) };
}

/** The id of one kind, its bytes in the pairs, and where those come from. */
const OF_PAIRS: Record<UsageBy, { id: string; from: string }> = {
  device: { id: 'device', from: 'pairs' },
  voucher: { id: 'voucher', from: 'pairs' },
  plan: { id: 'coalesce(plan_id, 0)', from: 'pairs join usage_names n on n.id = voucher' },
};

function ranked(kind: UsageBy, sums: Question | undefined, limit: number): Question {
  const { id, from } = OF_PAIRS[kind];
  const rows = `select ${id} as id, up, down from ${from}${sums ? ` union all ${sums.sql}` : ''}`;
  return {
    sql: `select * from (select '${kind}' as kind, id, sum(up) as up, sum(down) as down
      from (${rows}) as rows_${kind} group by id order by sum(up) + sum(down) desc, id limit ?)
      as most_${kind}`,
    values: [...(sums?.values ?? []), limit],
  };
}

/**
 * The sums of one kind in a year. Of the many vouchers only those that can be among the most: the first
 * ones of the year's sums, and those used since.
 */
function sumsOf(kind: UsageBy, year: number, plan: string | undefined, limit: number): Question {
  const own = plan === undefined ? '' : 'and plan = (select id from plans where name = ?)';
  const values = plan === undefined ? [year] : [year, plan];
  const cells = `select ${kind === 'plan' ? 'plan' : 'who'} as id, bytes_up as up, bytes_down as down`;
  if (kind !== 'voucher') {
    const sums = `${cells} from usage_years where slot = ? and is_voucher = 0 ${own}`;
    return { sql: sums, values };
  }
  const those = `from usage_years where slot = ? and is_voucher = 1 ${own}`;
  return {
    sql: `${cells} ${those} and who in (
        select who from (select who ${those} order by bytes_up + bytes_down desc, who limit ?) as first_ones
        union select voucher from pairs)`,
    values: [...values, ...values, limit],
  };
}
