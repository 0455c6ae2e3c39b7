import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { CliShop, MAIN } from '../support/program/cli-shop';
import { runs } from '../support/program/run-counts';
import { DAY } from '../support/builders';

/** A billing run in a process of its own that is killed, as by a power cut, again and again. */

jest.setTimeout(600_000);

const KILLS = runs(50, 4);
const PEOPLE = 25;
const PLAN = { name: 'Daily', price: '10', rate_up: '1M', rate_down: '3M', billing_cycle: 'daily' };

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
  writeFileSync(shop.path('profiles.json'), JSON.stringify([PLAN]));
});
afterEach(() => shop.close());

const dayAfter = (days: number) =>
  new Date(Date.now() + 8 * 3_600_000 + days * DAY).toISOString().slice(0, 10);

function written(): number {
  try {
    return statSync(shop.path('shop.db-wal')).size;
  } catch {
    return 0; // not there while nobody has the books open
  }
}

/** @param delayMs from its first write to its death */
async function killedRun(until: string, delayMs: number): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'invoices', 'run', '--until', until, '--yes'], {
    cwd: shop.folder,
    env: { PATH: process.env.PATH, ...shop.env },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const before = written();
  const looking = setInterval(() => {
    if (written() === before) return;
    clearInterval(looking);
    setTimeout(() => child.kill('SIGKILL'), delayMs);
  }, 1);
  await ended;
  clearInterval(looking);
}

test('after each kill the books are whole, and in the end nobody has two invoices for a cycle', async () => {
  await shop.look(async ({ services }) => {
    for (let n = 1; n <= PEOPLE; n += 1) {
      const { id } = await services.subscribers.add({ name: `Subscriber ${n}` }, 'test');
      await services.subscribers.assign(id, { plan: 'Daily' }, undefined, 'test');
    }
    await services.billing.setRules({ graceDays: 400 }, 'maria');
  });
  const countOf = () => shop.look(({ db }) => db('invoices').count<{ n: number }[]>('* as n'));
  let isCut = 0;
  let advanced = 0;
  let last = PEOPLE;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await killedRun(dayAfter(kill), (kill * 7919) % 500);
    const [{ n } = { n: 0 }] = await countOf();
    if (Number(n) < PEOPLE * (kill + 1)) isCut += 1;
    if (Number(n) > last) advanced += 1;
    last = Number(n);
    await shop.look(async ({ services, db }) => {
      const numbers: number[] = await db('invoices').orderBy('number').pluck('number');
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      const { rows, fault } = await services.money.verify();
      expect([rows, fault]).toEqual([numbers.length, undefined]);
    });
  }
  expect([isCut > 0, advanced > 0]).toEqual([true, true]);
  if (process.env.SHOW)
    process.stderr.write(`cut ${isCut} of ${KILLS}, ${advanced} got somewhere\n`);

  await shop.json(`invoices run --until ${dayAfter(KILLS)} --yes`);
  await shop.look(async ({ services, stores }) => {
    const invoices = await stores.invoices.list();
    const cycles = invoices.map((one) => `${one.subscriberId} ${+one.cycle.startedAt}`);
    expect(new Set(cycles).size).toBe(cycles.length);
    expect(cycles).toHaveLength(PEOPLE * (KILLS + 1));
    for (const { id, total } of invoices.slice(-PEOPLE)) {
      const lines = await stores.invoices.linesOf(id);
      expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(total);
    }
    expect((await services.money.verify()).fault).toBeUndefined();
  });
});
