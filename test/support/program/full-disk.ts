import type { Knex } from 'knex';

/**
 * Leaves the books no room: not one page more, and the last page of the audit, into which every change of
 * the shop writes, is full too. SQLite itself says so then, as on a disk that is full.
 */
export async function fillDisk(db: Knex): Promise<void> {
  const [{ page_count: pages }] = (await db.raw('pragma page_count')) as [{ page_count: number }];
  await db.raw(`pragma max_page_count = ${pages}`);
  const at = '2026-01-01T00:00:00.000Z';
  for (const length of [3_000, 500, 50, 0]) {
    const row = { at, who: 'test', what: 'filler', subject: '', detail: `"${'x'.repeat(length)}"` };
    while (await db('audit').insert(row).then(() => true, () => false)); // prettier-ignore
  }
}

export async function makeRoom(db: Knex): Promise<void> {
  await db.raw('pragma max_page_count = 1000000');
}
