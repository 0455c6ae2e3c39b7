import type { Knex } from 'knex';
import type { Scope } from '../../domain/shop/scope';

/** Only vouchers of batches that were made for these sites. @param query over `vouchers` */
export function vouchersWithin(db: Knex, query: Knex.QueryBuilder, scope: Scope): void {
  if (scope === 'whole shop') return;
  void query.whereIn('vouchers.batch_id', db('batches').select('id').whereIn('site_id', scope));
}

/** Only batches that were made for these sites. @param query over `batches` */
export function batchesWithin(query: Knex.QueryBuilder, scope: Scope): void {
  if (scope !== 'whole shop') void query.whereIn('batches.site_id', scope);
}

/** {@link vouchersWithin} in the words of SQL, to be put behind other conditions, with its parameters. */
export function andVouchersWithin(
  db: Knex,
  scope: Scope,
): { sql: string; values: Knex.QueryBuilder[] } {
  if (scope === 'whole shop') return { sql: '', values: [] };
  const own = db('batches').select('id').whereIn('site_id', scope);
  return { sql: 'and vouchers.batch_id in (?)', values: [own] };
}
