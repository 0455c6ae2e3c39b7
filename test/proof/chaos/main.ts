import { parseArgs } from 'node:util';
import { chaos } from './chaos';

/**
 * `npm run chaos -- [--seed N] [--minutes 1 | --steps N] [--postgres]`: the built server and a simulated router, each in
 * its own process, while customers and the owner are at work and everything fails that can. Who does what,
 * and which fault comes when, is repeated by the seed; how far the processes have come by then is up to the
 * computer.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      minutes: { type: 'string', default: '1' },
      steps: { type: 'string' },
      postgres: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  const most = values.steps === undefined ? Infinity : Number(values.steps);
  const ms = values.steps === undefined ? Number(values.minutes) * 60_000 : Infinity;
  if (!Number.isInteger(seed) || !(ms > 0) || !(most > 0)) {
    throw new Error('--seed, --minutes and --steps are numbers');
  }
  // What is mounted is unmounted as the program exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const begun = performance.now();
  const isOver = (steps: number) => steps >= most || performance.now() - begun > ms;
  const isPostgres = values.postgres;
  const order = { seed, isPostgres, isOnSmallDisk: true };
  const figures = await chaos(order, isOver, (line) => console.error(line));
  console.log(JSON.stringify(figures));
  if (figures.violations.length === 0) return;
  const again = ['--seed', seed, '--steps', figures.steps, ...(isPostgres ? ['--postgres'] : [])];
  console.error(`again: npm run chaos -- ${again.join(' ')}`);
  process.exitCode = 1;
}

void main();
