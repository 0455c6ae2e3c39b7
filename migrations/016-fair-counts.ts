import type { Knex } from 'knex';

/** What no queue counts is read off the hotspot's sessions; thresholds of cap and fair use are told apart. */
export async function up(knex: Knex): Promise<void> {
  // How much of a device's session is in the books; empty bytes: its queue counts it.
  await knex.schema.createTable('session_counters', (table) => {
    table.text('mac').primary();
    table.text('active_id').notNullable();
    table.integer('boot').notNullable();
    table.bigInteger('bytes_up');
    table.bigInteger('bytes_down');
  });
  await replaceQuotaNotices(knex, ['code', 'period', 'kind', 'percent'], (marks) => {
    // Nobody can tell which of the two was meant; whoever is past one of the cap is past that of fair use.
    const columns = 'code, period, percent, counted_at, kind';
    return knex.raw(
      `insert into ${marks} (${columns})
       select code, period, percent, counted_at, 'cap' from quota_notices
       union all select code, period, percent, counted_at, 'fair use' from quota_notices`,
    );
  });
}

export async function down(knex: Knex): Promise<void> {
  await replaceQuotaNotices(knex, ['code', 'period', 'percent'], (marks) =>
    knex.raw(
      `insert into ${marks} (code, period, percent, counted_at)
       select code, period, percent, max(counted_at) from quota_notices group by code, period, percent`,
    ),
  );
  await knex.schema.dropTable('session_counters');
}

/** SQLite cannot change what tells rows apart: another table takes the place of the old one. */
async function replaceQuotaNotices(
  knex: Knex,
  key: readonly string[],
  fill: (table: string) => Promise<unknown>,
): Promise<void> {
  const marks = `quota_notices_${key.length}`;
  await knex.schema.createTable(marks, (table) => {
    for (const name of key) {
      if (name === 'percent') table.integer(name).notNullable();
      else table.text(name).notNullable();
    }
    table.text('counted_at').notNullable();
    table.primary([...key]);
  });
  await fill(marks);
  await knex.schema.dropTable('quota_notices');
  await knex.schema.renameTable(marks, 'quota_notices');
  await knex.schema.alterTable('quota_notices', (table) => table.index(['counted_at']));
}
