import type { Knex } from 'knex';
import { chained, NO_HEAD, type Head, type MoneyEntry } from '../src/domain/money/money-journal';
import { compareByBytes, isPostgres } from './postgres-parts';

/**
 * Every movement of money, each row chained to the one before by its hash; the database itself refuses to
 * change or delete one. Sales and voids from before it are entered in the order in which they happened.
 */
export async function up(knex: Knex): Promise<void> {
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
  if (isPostgres(knex)) await compareByBytes(knex);
  await enterSales(knex);
  await refuseChanges(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('money_journal');
  if (isPostgres(knex)) await knex.raw('drop function keep_money_journal()');
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

interface SaleRow {
  code: string;
  price_minor: number | string;
  currency: string;
  seller: string;
  plan: string | null;
  at: string;
}

type VoidRow = Omit<SaleRow, 'plan'> & { reason: string; voided_by: string };

const AT_ONCE = 5_000;
/** Eleven values each: SQLite takes some thousands in a statement at most. */
const ROWS_IN_A_STATEMENT = 50;

async function enterSales(knex: Knex): Promise<void> {
  const voids = (await knex('sale_voids')
    .join('vouchers', 'vouchers.code', 'sale_voids.code')
    .select('sale_voids.code', 'sale_voids.price_minor', 'sale_voids.currency')
    .select('reason', 'voided_by', 'voided_at as at')
    .select(knex.raw('coalesce(sold_by, created_by) as seller'))
    .orderBy('voided_at')) as VoidRow[];
  let head: Head = NO_HEAD;
  const enter = async (entries: readonly MoneyEntry[]) => {
    const rows = chained(head, entries);
    head = rows.at(-1) ?? head;
    const cells = rows.map(({ amount, by, previousHash, ...row }) => ({
      ...row,
      ...{ amount_minor: amount, entered_by: by, previous_hash: previousHash },
    }));
    await knex.batchInsert('money_journal', cells, ROWS_IN_A_STATEMENT);
  };
  for (let last: SaleRow | undefined; ;) {
    const sales = await salesAfter(knex, last);
    last = sales.at(-1);
    const due = last === undefined ? voids : voids.filter(({ at }) => at < last.at);
    voids.splice(0, due.length);
    const entries = [...sales.map(saleEntry), ...due.map(voidEntry)];
    await enter(entries.sort((a, b) => a.at.getTime() - b.at.getTime()));
    if (last === undefined) return;
  }
}

async function salesAfter(knex: Knex, last: SaleRow | undefined): Promise<SaleRow[]> {
  const query = knex('vouchers')
    .leftJoin('plan_versions', 'plan_versions.id', 'vouchers.plan_version_id')
    .whereNotNull('activated_at')
    .where({ is_developer: 0 })
    .select('code', 'price_minor', 'currency', 'plan_name as plan', 'activated_at as at')
    .select(knex.raw('coalesce(sold_by, vouchers.created_by) as seller'))
    .orderBy(['activated_at', 'code'])
    .limit(AT_ONCE);
  if (last) void query.whereRaw('(activated_at, code) > (?, ?)', [last.at, last.code]);
  return (await query) as SaleRow[];
}

function saleEntry({ code, price_minor, currency, seller, plan, at }: SaleRow): MoneyEntry {
  const money = { amount: Number(price_minor), currency };
  const detail = { plan: plan ?? '' };
  return { at: new Date(at), kind: 'sale', subject: code, money, seller, by: seller, detail };
}

function voidEntry({ code, price_minor, currency, seller, ...rest }: VoidRow): MoneyEntry {
  const money = { amount: -Number(price_minor) || 0, currency };
  const { at, voided_by: by, reason } = rest;
  const detail = { reason };
  return { at: new Date(at), kind: 'void', subject: code, money, seller, by, detail };
}
