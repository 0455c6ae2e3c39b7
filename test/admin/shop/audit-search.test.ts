import fc from 'fast-check';
import { TestApp } from '../../support/test-app';

let shop: TestApp;

beforeEach(async () => {
  shop = await TestApp.start();
  await shop.app.db('audit').delete();
});

afterEach(() => shop.close());

/** As a reader would do it: from the newest down, whoever has the words in one of the three. */
test('the audit is searched by who, what and whom, page by page, newest first', async () => {
  const word = fc.constantFrom('loop', 'ben', 'device let in', '%', 'BEN');
  const entry = fc.record({ who: word, what: word, subject: word });
  const { journal } = shop.app.stores;
  const { reports } = shop.app.services;
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 30 }), word, async (entries, text) => {
      const at = shop.clock.now();
      await journal.audit(entries.map((one) => ({ ...one, at, detail: {} })));
      const all = await journal.auditAfter(0);
      const expected = all
        .filter(({ who, what, subject }) => [who, what, subject].includes(text))
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
