import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShopServer } from '../support/program/shop-server';
import { CallTrace, nameOf, type Place } from '../support/call-trace';

/** The two walks of docs/internals/how-it-works.md are walked: what they name is there, and met in that order. */

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/internals/how-it-works.md'), 'utf8');
const FAIR_USE = { fup_threshold: '50MB', fup_rate_up: '256K', fup_rate_down: '512K' };

/** The functions in the table of a walk, from above. */
function walk(heading: string): Place[] {
  const [, part] = PAGE.split(`## ${heading}\n`);
  const rows = part!.split('\n## ')[0]!.matchAll(/^\|[^|]*\| `(src[^`]*)` *\|(.*)\|$/gm);
  return [...rows].flatMap(([, file, names]) =>
    [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => ({ file: file!, name: name! })),
  );
}

const COUNTER = walk('A counter, from the router to the new `max-limit`');
const CODE = walk('A code, from the portal to the login');

test('a round and a redemption meet the functions of the two walks in their order', async () => {
  const server = await ShopServer.start({ profiles: [{ name: 'P5', ...FAIR_USE }] });
  const { shop } = server;
  const phone = server.phone(21);
  await server.redeem(phone, await shop.code());
  const trace = await CallTrace.of([...COUNTER, ...CODE], ROOT);
  try {
    expect(trace.missing).toEqual([]);

    phone.download('60M');
    shop.clock.advance(10_000);
    await oneRound(server);
    const queue = shop.simulator.queues().find(({ name }) => name === `pisonet-${phone.mac}`);
    expect(queue!.maxLimit).toEqual({ up: 256_000, down: 512_000 });
    expect(inOrder(trace.take(), COUNTER)).toEqual(COUNTER.map(nameOf));

    const code = await shop.code();
    trace.take();
    expect(await server.redeem(server.phone(22), code)).toMatchObject({ status: 303 });
    expect(inOrder(trace.take(), CODE)).toEqual(CODE.map(nameOf));
  } finally {
    await trace.close();
    await server.close();
  }
}, 240_000); // a breakpoint costs time, and machines are slow

/** The loop is stopped before its first round has begun; it makes that one, and ends. */
async function oneRound({ shop }: ShopServer): Promise<void> {
  const stop = new AbortController();
  const running = shop.loop.run(stop.signal);
  stop.abort();
  await running;
}

/** Those of the walk alone, in the order in which they were met. */
function inOrder(met: readonly string[], steps: readonly Place[]): string[] {
  const names = new Set(steps.map(nameOf));
  return met.filter((name) => names.has(name));
}
