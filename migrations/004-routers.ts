import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/**
 * Several routers, each at a site. In the tables of the loop, router 0 is the first one, that of the
 * environment: it keeps its sessions when it is replaced, and its row in `routers` changes then.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('sites', (table) => {
    table.increments('id');
    table.text('name').notNullable().unique();
  });
  await knex.schema.alterTable('routers', (table) => {
    // Empty where the environment has the settings.
    table.text('title').unique();
    table.text('key').unique(); // random; customers' links to the portal carry it
    table.integer('site_id');
    table.text('host');
    table.integer('port');
    table.text('tls');
    table.text('username');
    table.text('password'); // encrypted, see `PasswordVault`
    table.text('hotspot_server');
    table.text('wan_interface');
    table.text('removed_at');
  });
  await addRouter(knex, 'sessions');
  await addRouter(knex, 'alerts');
  await addRouter(knex, 'speed_changes');
  await knex.raw('drop index speed_changes_present');
  await knex.raw(
    'create unique index speed_changes_present on speed_changes (mac, router_id) where until_at is null',
  );
  for (const table of COUNTERS) await keyByRouter(knex, table, ['mac', 'router_id']);
  if (isPostgres(knex)) await compareByBytes(knex);
}

export async function down(knex: Knex): Promise<void> {
  for (const table of COUNTERS) {
    await knex(table).whereNot({ router_id: 0 }).delete();
    await keyByRouter(knex, table, ['mac']);
  }
  await knex.raw('drop index speed_changes_present');
  await knex('speed_changes').whereNot({ router_id: 0 }).delete();
  await knex.raw(
    'create unique index speed_changes_present on speed_changes (mac) where until_at is null',
  );
  for (const name of ['sessions', 'alerts', 'speed_changes']) {
    await knex.schema.alterTable(name, (table) => table.dropColumn('router_id'));
  }
  await knex.schema.alterTable('routers', (table) => {
    table.dropUnique(['title']);
    table.dropUnique(['key']);
    table.dropColumns('title', 'key', 'site_id', 'host', 'port', 'tls', 'username');
    table.dropColumns('password', 'hotspot_server', 'wan_interface', 'removed_at');
  });
  await knex.schema.dropTable('sites');
}

/** A device that walks from one router to another is counted by both for a while. */
const COUNTERS = ['counter_readings', 'session_counters'] as const;

async function addRouter(knex: Knex, name: string): Promise<void> {
  await knex.schema.alterTable(name, (table) => {
    table.integer('router_id').notNullable().defaultTo(0);
  });
}

/** SQLite cannot change a primary key: the table is made anew. */
async function keyByRouter(
  knex: Knex,
  name: (typeof COUNTERS)[number],
  key: string[],
): Promise<void> {
  const isAdded = key.includes('router_id');
  if (isPostgres(knex)) {
    if (isAdded) await addRouter(knex, name);
    await knex.raw('alter table ?? drop constraint ??', [name, `${name}_pkey`]);
    await knex.schema.alterTable(name, (table) => {
      table.primary(key, { constraintName: `${name}_pkey` });
      if (!isAdded) table.dropColumn('router_id');
    });
    return;
  }
  const before = `${name}_before`;
  await knex.schema.renameTable(name, before);
  await knex.schema.createTable(name, (table) => {
    table.text('mac').notNullable();
    if (name === 'counter_readings') {
      table.integer('session_id').notNullable().references('sessions.id');
      table.text('queue_id').notNullable();
      table.integer('boot').notNullable();
      table.bigInteger('bytes_up').notNullable();
      table.bigInteger('bytes_down').notNullable();
      table.text('active_id');
      table.bigInteger('uptime_ms').notNullable().defaultTo(0);
      table.text('read_at').notNullable();
    } else {
      table.text('active_id').notNullable();
      table.integer('boot').notNullable();
      table.bigInteger('bytes_up');
      table.bigInteger('bytes_down');
    }
    if (isAdded) table.integer('router_id').notNullable().defaultTo(0);
    table.primary(key);
  });
  const columns = Object.keys(await knex(before).columnInfo()).filter((one) => one !== 'router_id');
  const list = columns.join(', ');
  await knex.raw(`insert into ${name} (${list}) select ${list} from ${before}`);
  await knex.schema.dropTable(before);
}
