import { fuzz, property, type FuzzProperty } from './fuzz/fuzz';
import { text } from './fuzz/inputs';
import { pageProperty } from './fuzz/pages';
import { READERS } from './fuzz/properties';

/** A short run of `npm run fuzz`, with one seed; new ground is for the long one. */

const SEED = 20_261_121;

async function failures(properties: readonly FuzzProperty[], count: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, failure } of fuzz(properties, count, SEED)) {
    if (failure !== '') found.push(`${name}: ${failure}`);
  }
  return found;
}

test('whatever others send is read, or refused in words', async () => {
  expect(await failures(READERS, 12_000)).toEqual([]);
});

test('pages answer any form', async () => {
  const { property: pages, close } = await pageProperty();
  const found = await failures([pages], 60);
  await close();
  expect(found).toEqual([]);
});

test('a seed gives the same inputs again, and what fails is told with its smallest input', async () => {
  const seen: string[][] = [];
  for (let n = 0; n < 2; n += 1) {
    const texts: string[] = [];
    seen.push(texts);
    const found = await failures([property('short', 1, text, (one) => {
      texts.push(one);
      if (one.length > 3) throw new Error('too long');
    })], 200); // prettier-ignore
    expect(found.join()).toContain('short: Property failed');
  }
  expect(seen[0]).toEqual(seen[1]);
});
