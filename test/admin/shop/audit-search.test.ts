import fc from 'fast-check';
import { deed, type AuditEntry } from '../../../src/domain/shop/audit-entry';
import { deedText } from '../../../src/format/deed-text';
import { TestApp } from '../../support/test-app';

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start();
  await shop.app.db('audit').delete();
});

afterEach(() => shop.close());

/** As a reader would do it: from the newest down, whoever is named so, or did what has the words in it. */
test('the audit is searched by who, what and whom, page by page, newest first', async () => {
  const word = fc.constantFrom('loop', 'ben', 'device let in', '%', 'BEN');
  const entry = fc.record({ who: word, what: word, subject: word });
  const { journal } = shop.app.stores;
  const { reports } = shop.app.services;
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 30 }), word, async (entries, text) => {
      const at = shop.clock.now();
      await journal.audit(
        entries.map((one) => ({ ...one, at, detail: {} }) as unknown as AuditEntry),
      );
      const all = await journal.auditAfter(0);
      const expected = all
        .filter(
          ({ who, what, subject }) =>
            [who, subject].includes(text) || what.toLowerCase().includes(text.toLowerCase()),
        )
        .map(({ id }) => id)
        .reverse();
      const found: number[] = [];
      for (let page = -1; page !== found.length;) {
        page = found.length;
        const next = await reports.audit({ text, beforeId: found.at(-1) }, 4);
        found.push(...next.map(({ id }) => id));
      }
      expect(found).toEqual(expected);
      const newest = await reports.audit({ text: '', beforeId: undefined }, 3);
      expect(newest.map(({ id }) => id)).toEqual(
        all
          .map(({ id }) => id)
          .reverse()
          .slice(0, 3),
      );
      await shop.app.db('audit').delete();
    }),
    { numRuns: 40 },
  );
});

test('what was done is found by words of it, as it is shown, in any case', async () => {
  const { journal } = shop.app.stores;
  const at = shop.clock.now();
  const entry = { at, who: 'ben', subject: 'x' };
  await journal.audit([
    { ...entry, ...deed('alert cleared', 'x', { message: 'y' }) },
    { ...entry, ...deed('queue added', 'x', { target: 'y', maxLimit: '1M/1M' }) },
    { ...entry, ...deed('limit set', 'x', { before: null, after: null }) },
  ]);
  const found = async (text: string) =>
    (await shop.app.services.reports.audit({ text, beforeId: undefined }, 9, deedText)).map(
      ({ what }) => what,
    );
  expect(await found('alert')).toEqual(['alert cleared']);
  expect(await found('Cleared alert')).toEqual(['alert cleared']);
  expect(await found('on the router')).toEqual(['queue added']);
  expect(await found('queue')).toEqual(['queue added']);
  expect(await found('ben')).toHaveLength(3);
  expect(await found('%')).toEqual([]);
  expect(await found('alert set')).toEqual([]);
});
