import { join } from 'node:path';
import { ask, ended, next, rounded, start, startShop } from './children';
import type { RouterOrder } from './processes/router-process';

const ONLINE = 500;
const TOKEN = 'bench-metrics-token';

/** The server starts while customers are online: how long until the first round, and what it wrote. */
export async function benchRestart(folder: string, profiles: string): Promise<object> {
  const router = start('router-process');
  const { port } = await next<{ port: number }>(router);
  await ask(router, { devices: ONLINE } satisfies RouterOrder);
  const database = join(folder, 'restart.db');
  await ended(start('pass-process', 'fill', port, ONLINE, database, profiles));
  const began = performance.now();
  const shop = await startShop(folder, {
    DATABASE_URL: `sqlite:${database}`,
    PROFILES_FILE: profiles,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(port),
    METRICS_TOKEN: TOKEN,
  });
  while ((await figure(shop.origin, 'pisonet_reconcile_seconds_count')) === 0) await soon();
  const firstRoundMs = performance.now() - began;
  const writes = await figure(shop.origin, 'pisonet_router_writes_total');
  const roundMs = (await figure(shop.origin, 'pisonet_reconcile_seconds_sum')) * 1000;
  const { online } = await ask<{ online: number }>(router, {} satisfies RouterOrder);
  await shop.stop();
  router.disconnect();
  return {
    bench: 'restart',
    devices: ONLINE,
    startMs: rounded(shop.startMs),
    firstRoundMs: rounded(firstRoundMs),
    roundMs: rounded(roundMs),
    writes,
    cut: ONLINE - online,
  };
}

/** Of a metric, all its labels together; 0 where it is not told yet. */
async function figure(origin: string, name: string): Promise<number> {
  const answer = await fetch(`${origin}/metrics`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const lines = (await answer.text())
    .split('\n')
    .filter((line) => new RegExp(`^${name}[{ ]`).test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
