import '../outside-jest';
import { parseArgs } from 'node:util';
import { fuzz, type FuzzFigures, type FuzzProperty } from './fuzz';
import { pageProperty } from './pages';
import { READERS } from './properties';

/**
 * `npm run fuzz -- [--count 1000000] [--pages 2000] [--seed N] [--only WORDS]`: throws inputs at everything
 * that reads what others send. The seed is printed; the same seed and counts give the same inputs.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      pages: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      only: { type: 'string', default: '' },
    },
  });
  const [count, pages, seed] = [values.count, values.pages, values.seed].map(Number) as [number, number, number]; // prettier-ignore
  if (![count, pages, seed].every(Number.isInteger)) throw new Error('--count, --pages and --seed are whole numbers'); // prettier-ignore
  console.error(
    `seed ${seed}; again: npm run fuzz -- --seed ${seed} --count ${count} --pages ${pages}`,
  );
  const all: FuzzFigures[] = [];
  const run = async (properties: readonly FuzzProperty[], inputs: number) => {
    const chosen = properties.filter(({ name }) => name.includes(values.only));
    for await (const figures of fuzz(chosen, inputs, seed)) {
      console.log(JSON.stringify(figures));
      all.push(figures);
    }
  };
  await run(READERS, count);
  const { property, close } = await pageProperty();
  await run([property], pages);
  await close();
  const inputs = all.reduce((sum, one) => sum + one.inputs, 0);
  const failures = all.filter(({ failure }) => failure !== '').length;
  console.log(JSON.stringify({ fuzz: 'all', seed, inputs, failures }));
  if (failures > 0) process.exitCode = 1;
}

void main();
