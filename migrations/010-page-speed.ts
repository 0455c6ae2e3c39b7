import type { Knex } from 'knex';

/**
 * Sums beside the usage they are made of, for pages that would read a hundred thousand rows otherwise.
 * Those of a year fill up by themselves: what is not in them yet is read from the days.
 */
export async function up(knex: Knex): Promise<void> {
  // What all vouchers of a plan used in an hour or a day; 0 is no plan.
  for (const unit of ['hour', 'day']) {
    await createSmall(knex, `usage_plan_${unit}s`, ['slot', 'plan']);
    await knex.raw(
      `insert into usage_plan_${unit}s (slot, plan, bytes_up, bytes_down)
       select slot, coalesce(plan_id, 0), sum(bytes_up), sum(bytes_down)
       from usage_${unit}s join usage_names n on n.id = voucher group by slot, coalesce(plan_id, 0)`,
    );
  }
  // What each device and each voucher used in a year of the shop, by plan; the slot is its first.
  await createSmall(knex, 'usage_years', ['slot', 'is_voucher', 'who', 'plan']);
  await knex.schema.alterTable('usage_marks', (table) => {
    // Days before `years_to` are in the years, as this time zone cuts them; years before `years_from` are not.
    table.integer('years_to').notNullable().defaultTo(0);
    table.integer('years_from').notNullable().defaultTo(0);
    table.text('years_zone').notNullable().defaultTo('');
  });
  // What is old is looked for by its time, and let go of.
  await knex.schema.alterTable('speed_changes', (table) => table.index(['until_at']));
  await knex.schema.alterTable('alerts', (table) => table.index(['cleared_at']));
  // The audit is searched by any of the three, newest first.
  await knex.schema.alterTable('audit', (table) => {
    table.dropIndex(['subject']);
    for (const column of ['who', 'what', 'subject']) table.index([column, 'id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('audit', (table) => {
    for (const column of ['who', 'what', 'subject']) table.dropIndex([column, 'id']);
    table.index(['subject']);
  });
  await knex.schema.alterTable('alerts', (table) => table.dropIndex(['cleared_at']));
  await knex.schema.alterTable('speed_changes', (table) => table.dropIndex(['until_at']));
  for (const column of ['years_zone', 'years_from', 'years_to']) {
    await knex.schema.alterTable('usage_marks', (table) => table.dropColumn(column));
  }
  for (const table of ['usage_years', 'usage_plan_days', 'usage_plan_hours']) {
    await knex.schema.dropTable(table);
  }
}

async function createSmall(knex: Knex, name: string, key: readonly string[]): Promise<void> {
  const columns = key.map((column) => `${column} integer not null, `).join('');
  const { client } = (knex.client as { config: { client: string } }).config;
  await knex.raw(
    `create table ${name} (${columns}bytes_up bigint not null, bytes_down bigint not null,
       primary key (${key.join(', ')}))${client === 'pg' ? '' : ' without rowid'}`,
  );
}
