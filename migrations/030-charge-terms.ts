import type { Knex } from 'knex';
import { compareByBytes, isPostgres } from './postgres-parts';

/**
 * Each line that charges time in advance keeps its terms, and each credit the line it gives back a part of. A cycle
 * whose invoice is void may have another one.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('invoice_lines', (table) => {
    table.integer('corrects_id').index();
    table.integer('subscriber_plan_id');
    table.bigInteger('price_minor'); // of the whole cycle
    table.text('cycle_from');
    table.text('cycle_to');
    table.text('prorate_by');
    table.integer('discount'); // both in hundredths of a percent
    table.integer('tax');
  });
  await knex.schema.alterTable('subscriber_charges', (table) => {
    table.text('currency');
    table.text('order_key').unique(); // of the form it was typed into
  });
  await knex.schema.alterTable('payments', (table) => table.text('order_key').unique());
  await knex.schema.alterTable('invoices', (table) => {
    table.dropUnique(['subscriber_id', 'cycle_from']);
    table.index(['subscriber_id', 'cycle_from']);
    table.integer('charge_again').notNullable().defaultTo(0); // of a void one: another one is to charge its cycle
  });
  await knex.raw(`create unique index invoices_one_a_cycle on invoices (subscriber_plan_id, cycle_from)
    where status <> 'void' and plan_price is not null`);
  if (isPostgres(knex)) await compareByBytes(knex);
  await keepTerms(knex);
  await keepCorrections(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index invoices_one_a_cycle');
  await knex.schema.alterTable('invoices', (table) => {
    table.dropIndex(['subscriber_id', 'cycle_from']);
    table.dropColumn('charge_again');
    table.unique(['subscriber_id', 'cycle_from']);
  });
  await knex.schema.alterTable('payments', (table) => {
    table.dropUnique(['order_key']);
    table.dropColumn('order_key');
  });
  await knex.schema.alterTable('subscriber_charges', (table) => {
    table.dropUnique(['order_key']);
    table.dropColumns('currency', 'order_key');
  });
  await knex.schema.alterTable('invoice_lines', (table) => {
    table.dropIndex(['corrects_id']);
    table.dropColumns('corrects_id', 'subscriber_plan_id', 'price_minor', 'cycle_from', 'cycle_to');
    table.dropColumns('prorate_by', 'discount', 'tax');
  });
}

/** Of earlier lines, as the invoice has them. What a change of plan charged is the whole price of its own time. */
async function keepTerms(knex: Knex): Promise<void> {
  const of = (column: string) =>
    `(select ${column} from invoices where invoices.id = invoice_lines.invoice_id)`;
  const percent = (kind: string) => `coalesce((
    select cast(round(cast(replace(percents.text, '%', '') as numeric) * 100) as integer)
    from invoice_lines as percents where percents.invoice_id = invoice_lines.invoice_id
      and percents.kind = '${kind}' and percents.from_at is null), 0)`;
  const rules: { value: string } | undefined = await knex('shop_settings')
    .where({ name: 'billing.rules' })
    .first('value');
  const { prorateBy = 'day' } = JSON.parse(rules?.value ?? '{}') as { prorateBy?: string };
  await knex.raw(
    `update invoice_lines set discount = ${percent('discount')}, tax = ${percent('tax')},
       prorate_by = ? where kind in ('plan', 'charge')`,
    [prorateBy],
  );
  await knex.raw(`update invoice_lines set price_minor = ${of('plan_price')},
    cycle_from = ${of('cycle_from')}, cycle_to = ${of('cycle_to')},
    subscriber_plan_id = ${of('subscriber_plan_id')} where kind = 'plan'`);
  await knex.raw(`update invoice_lines set price_minor = amount_minor,
    cycle_from = from_at, cycle_to = to_at,
    subscriber_plan_id = coalesce((
      select max(id) from subscriber_plans
      where subscriber_plans.from_at = invoice_lines.from_at
        and subscriber_plans.subscriber_id = ${of('subscriber_id')}
    ), ${of('subscriber_plan_id')}) where kind = 'charge'`);
}

/** A credit gave back the rest of the newest line before it that charged the same time. */
async function keepCorrections(knex: Knex): Promise<void> {
  await knex.raw(`update invoice_lines set corrects_id = (
    select max(charged.id) from invoice_lines as charged
      join invoices as theirs on theirs.id = charged.invoice_id
      join invoices as ours on ours.id = invoice_lines.invoice_id
    where charged.kind in ('plan', 'charge') and charged.id < invoice_lines.id
      and charged.to_at = invoice_lines.to_at and charged.from_at <= invoice_lines.from_at
      and theirs.subscriber_id = ours.subscriber_id
      and (theirs.status <> 'void' or ours.status = 'void')
  ) where kind = 'credit'`);
}
