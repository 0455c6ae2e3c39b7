import type { Knex } from 'knex';
import { isPostgres } from '../postgres-parts';

/** Every movement of money, and the cash and the printed slips in the hands of sellers. */
export async function makeMoneyTables(knex: Knex): Promise<void> {
  await makeMoneyJournal(knex);
  await refuseChanges(knex);
  await makeDrawers(knex);
  await makeSlipCustody(knex);
}

/** Each row is chained to the one before by its hash; the database itself refuses to change or delete one. */
async function makeMoneyJournal(knex: Knex): Promise<void> {
  await knex.schema.createTable('money_journal', (table) => {
    table.bigInteger('seq').primary();
    table.text('at').notNullable().index();
    table.text('kind').notNullable();
    table.text('subject').notNullable();
    table.bigInteger('amount_minor').notNullable();
    table.text('currency').notNullable();
    table.text('seller').notNullable();
    table.text('entered_by').notNullable();
    table.text('detail').notNullable();
    table.text('previous_hash').notNullable().unique(); // no two rows follow the same one
    table.text('hash').notNullable();
    table.index(['seller', 'at']);
    table.index(['subject']);
  });
  await knex.raw(
    `create index money_journal_closings on money_journal (seq) where kind = 'closing'`,
  );
}

const REFUSAL = 'rows of the money journal are never changed or deleted';

async function refuseChanges(knex: Knex): Promise<void> {
  if (isPostgres(knex)) {
    await knex.raw(
      `create function keep_money_journal() returns trigger language plpgsql as
       $$ begin raise exception '${REFUSAL}'; end $$`,
    );
    await knex.raw(
      `create trigger keep_money_journal before update or delete or truncate on money_journal
       for each statement execute function keep_money_journal()`,
    );
    return;
  }
  for (const change of ['update', 'delete']) {
    await knex.raw(
      `create trigger keep_money_journal_${change} before ${change} on money_journal
       begin select raise(abort, '${REFUSAL}'); end`,
    );
  }
}

/** Each seller's shifts: what was in the drawer at the beginning, and what they counted at the end. */
async function makeDrawers(knex: Knex): Promise<void> {
  await knex.schema.createTable('drawers', (table) => {
    table.increments('id');
    table.text('seller').notNullable();
    table.text('currency').notNullable();
    table.bigInteger('float_minor').notNullable();
    table.text('opened_at').notNullable().index();
    table.text('opened_by').notNullable();
    table.bigInteger('after_seq').notNullable(); // rows of the money journal from here on are of this shift
    table.text('counted_at');
    table.text('counted_by');
    table.bigInteger('counted_minor');
    table.bigInteger('expected_minor');
    table.bigInteger('last_seq');
  });
  await knex.raw(`create unique index drawers_open on drawers (seller) where counted_at is null`);
}

/** Printed slips in the hands of sellers: how many of which batch, and what came back. */
async function makeSlipCustody(knex: Knex): Promise<void> {
  await knex.schema.createTable('slip_custody', (table) => {
    table.increments('id');
    table.integer('batch_id').notNullable().references('batches.id');
    table.text('seller').notNullable().index();
    table.bigInteger('price_minor').notNullable(); // of one voucher
    table.text('currency').notNullable();
    table.integer('given').notNullable();
    table.text('given_at').notNullable();
    table.text('given_by').notNullable();
    table.text('counted_at');
    table.text('counted_by');
    table.integer('unused'); // by the books, when it was counted
    table.integer('back');
    table.text('settled_as'); // paid, written off
    table.text('settled_at');
    table.text('settled_by');
    table.integer('covered_left').notNullable().defaultTo(0); // missing ones that are settled and not used yet
  });
  await knex.raw(
    'create unique index slip_custody_open on slip_custody (batch_id) where counted_at is null',
  );
  await knex.raw(
    'create index slip_custody_covered on slip_custody (batch_id) where covered_left > 0',
  );
}
