import type { Knex } from 'knex';
import { onPostgres } from './postgres/books';

/** From now on no row can be added to the table. @returns what undoes it */
export async function refuseInserts(
  db: Knex,
  table: string,
  message: string,
): Promise<() => Promise<void>> {
  const refuse = onPostgres
    ? [
        `create function refuse_inserts() returns trigger language plpgsql as
         $$ begin raise exception '${message}'; end $$`,
        `create trigger broken before insert on ${table} for each row execute function refuse_inserts()`,
      ]
    : [
        `create trigger broken before insert on ${table} begin select raise(abort, '${message}'); end`,
      ];
  for (const statement of refuse) await db.raw(statement);
  return async () => {
    await db.raw(onPostgres ? 'drop function refuse_inserts() cascade' : 'drop trigger broken');
  };
}
