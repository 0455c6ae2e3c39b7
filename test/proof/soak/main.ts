import '../outside-jest';
import { parseArgs } from 'node:util';
import { soak } from './soak';

/**
 * `npm run soak -- [--seed N] [--hours 168] [--devices 240]`: a week of a shop in a few minutes. Who comes, buys
 * and leaves, and what goes wrong when, is repeated by the seed.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      hours: { type: 'string', default: '168' },
      devices: { type: 'string', default: '240' },
    },
  });
  const [seed, hours, devices] = [values.seed, values.hours, values.devices].map(Number);
  if (!Number.isInteger(seed) || !(hours! > 0) || !(devices! > 0)) {
    throw new Error('--seed, --hours and --devices are numbers');
  }
  const order = { seed: seed!, hours: hours!, devices: devices! };
  const figures = await soak(order, (line) => console.error(line));
  console.log(JSON.stringify(figures));
  if (figures.violations.length > 0) process.exitCode = 1;
}

void main();
