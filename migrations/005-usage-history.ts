import type { Knex } from 'knex';

/** Readings are booked by five minutes; a slot is that many of them since 1970. */
const SLOT_SECONDS = 300;
/** No clock can say less and be right: nothing is booked before it. */
const FIRST_SLOT = Date.parse('2026-01-01') / 1000 / SLOT_SECONDS;

/**
 * Usage at three resolutions in one shape, small: names are numbers, times are slots, and the key is the
 * table. The rows of the former table, an hour each, become hours; its last hour is still open.
 */
export async function up(knex: Knex): Promise<void> {
  // Hardware addresses and codes; neither can be taken for the other. A code's plan stands with it, since
  // the way to it by voucher and version is too long for a hundred thousand rows.
  await knex.schema.createTable('usage_names', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
    table.integer('plan_id').index();
  });
  for (const name of ['usage_slots', 'usage_hours', 'usage_days']) {
    await createSmall(knex, name, ['slot', 'device', 'voucher']);
  }
  // All that a device ever used with a voucher, up to where the hours are written; never deleted.
  await createSmall(knex, 'usage_totals', ['device', 'voucher']);
  await knex.raw('create index usage_totals_voucher on usage_totals (voucher)');
  // Up to where slots are in the hours (and totals), and hours in the days; from where slots and hours
  // are still kept; when the clock was last believed. One row.
  await knex.schema.createTable('usage_marks', (table) => {
    table.integer('id').primary();
    table.integer('hours_to').notNullable();
    table.integer('days_to').notNullable();
    table.integer('slots_from').notNullable();
    table.integer('hours_from').notNullable();
    table.text('believed_at');
  });
  // From and to: the loop did not look in between, so nobody knows when what was.
  await knex.schema.createTable('look_gaps', (table) => {
    table.increments('id');
    table.text('from_at').notNullable();
    table.text('to_at').notNullable();
    table.index(['to_at']);
  });
  await knex.schema.alterTable('usage_gaps', (table) => table.index(['to_at']));
  await takeOver(knex);
  await knex.schema.dropTable('usage');
}

async function createSmall(knex: Knex, name: string, key: readonly string[]): Promise<void> {
  const columns = key.map((column) => `${column} integer not null, `).join('');
  await knex.raw(
    `create table ${name} (${columns}bytes_up bigint not null, bytes_down bigint not null,
       primary key (${key.join(', ')}))${isSqlite(knex) ? ' without rowid' : ''}`,
  );
}

async function takeOver(knex: Knex): Promise<void> {
  const seconds = isSqlite(knex) ? `strftime('%s', hour)` : 'extract(epoch from hour::timestamptz)';
  const slot = `cast(${seconds} as integer) / ${SLOT_SECONDS}`;
  await knex.raw(
    `insert into usage_names (name, plan_id)
     select name, plan_id from (
       select mac as name from "usage" union select code from "usage"
       union select mac from counter_readings
       union select code from sessions where id in (select session_id from counter_readings)) as names
     left join vouchers on code = name left join plan_versions p on p.id = plan_version_id`,
  );
  const [newest] = await knex('usage').select<{ slot: number | null }[]>(
    knex.raw(`max(${slot}) as slot`),
  );
  const open = Math.max(FIRST_SLOT, Number(newest?.slot ?? 0));
  await knex('usage_marks').insert({
    id: 1,
    hours_to: open,
    days_to: 0,
    slots_from: open,
    hours_from: 0,
  });
  const rows = (where: string) =>
    `select ${slot}, d.id, v.id, bytes_up, bytes_down from "usage"
     join usage_names d on d.name = mac join usage_names v on v.name = code where ${slot} ${where}`;
  await knex.raw(`insert into usage_slots ${rows('>= ?')}`, [open]);
  await knex.raw(`insert into usage_hours ${rows('< ?')}`, [open]);
  await knex.raw(
    `insert into usage_totals select device, voucher, sum(bytes_up), sum(bytes_down)
     from usage_hours group by device, voucher`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage', (table) => {
    table.text('code').notNullable();
    table.text('mac').notNullable();
    table.text('hour').notNullable();
    table.bigInteger('bytes_up').notNullable();
    table.bigInteger('bytes_down').notNullable();
    table.primary(['code', 'mac', 'hour']);
    table.index(['hour']);
    table.index(['mac', 'hour']);
  });
  const hour = isSqlite(knex)
    ? `strftime('%Y-%m-%dT%H:00:00.000Z', slot * ${SLOT_SECONDS}, 'unixepoch')`
    : `to_char(to_timestamp(slot * ${SLOT_SECONDS}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:00:00.000"Z"')`;
  // What is left in hours, days that are not in them any more, and slots that are not in either.
  await knex.raw(
    `insert into "usage" (code, mac, hour, bytes_up, bytes_down)
     select v.name, d.name, hour, sum(bytes_up), sum(bytes_down) from (
       select ${hour} as hour, device, voucher, bytes_up, bytes_down from usage_hours
       union all select ${hour}, device, voucher, bytes_up, bytes_down from usage_slots
         where slot >= (select hours_to from usage_marks)
       union all select ${hour}, device, voucher, bytes_up, bytes_down from usage_days
         where slot < (select hours_from from usage_marks)) as rows
     join usage_names d on d.id = device join usage_names v on v.id = voucher
     group by v.name, d.name, hour`,
  );
  await knex.schema.alterTable('usage_gaps', (table) => table.dropIndex(['to_at']));
  for (const table of [
    'look_gaps',
    'usage_marks',
    'usage_totals',
    'usage_days',
    'usage_hours',
    'usage_slots',
    'usage_names',
  ]) {
    await knex.schema.dropTable(table);
  }
}

function isSqlite(knex: Knex): boolean {
  return (knex.client as { config: { client: string } }).config.client !== 'pg';
}
