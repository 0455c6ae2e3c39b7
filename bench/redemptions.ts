import { join } from 'node:path';
import { ask, cpuMs, ended, median, next, rounded, start, startShop } from './children';
import { benchAddress, type RouterOrder } from './processes/router-process';
import type { PassFigures, PassOrder } from './processes/pass-process';

/** How long customers wait for us when they come together; the simulated router answers at once. */

const CROWD = 200;
/** One after another, to see what one costs. */
const ALONE = 50;
const RETURNING = 500;
const ROUNDS = 3;

/** Two hundred customers with a code each press the button in the same moment. */
export async function benchRedeem(folder: string, profiles: string): Promise<object> {
  const runs: Crowd[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.push(await crowd(join(folder, `redeem-${round}.db`), folder, profiles));
  }
  return {
    bench: 'redeem',
    customers: CROWD,
    allInMs: Math.round(median(runs.map(({ allInMs }) => allInMs))),
    cpuMsEach: rounded(median(runs.map(({ cpuMsEach }) => cpuMsEach))),
    aloneP50Ms: rounded(median(runs.map(({ alone }) => median(alone)))),
    aloneP95Ms: rounded(median(runs.map(({ alone }) => p95(alone)))),
  };
}

interface Crowd {
  allInMs: number;
  cpuMsEach: number;
  alone: number[];
}

async function crowd(file: string, folder: string, profiles: string): Promise<Crowd> {
  const router = start('router-process');
  const { port } = await next<{ port: number }>(router);
  await ask(router, { devices: CROWD + ALONE } satisfies RouterOrder);
  const { codes } = await next<{ codes: string[] }>(
    start('codes-process', CROWD + ALONE, file, profiles),
  );
  const shop = await startShop(folder, {
    DATABASE_URL: `sqlite:${file}`,
    PROFILES_FILE: profiles,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(port),
    TRUSTED_PROXY: '127.0.0.1',
  });
  const redeem = (index: number) => redeemAt(shop.origin, benchAddress(index), codes[index]!);
  const alone: number[] = [];
  for (let index = 0; index < ALONE; index += 1) {
    const began = performance.now();
    await redeem(index);
    alone.push(performance.now() - began);
  }
  const before = cpuMs(shop.pid) ?? NaN;
  const began = performance.now();
  await Promise.all(Array.from({ length: CROWD }, (_, n) => redeem(ALONE + n)));
  const allInMs = performance.now() - began;
  const cpuMsEach = ((cpuMs(shop.pid) ?? NaN) - before) / CROWD;
  await shop.stop();
  router.disconnect();
  return { allInMs, cpuMsEach, alone };
}

export async function redeemAt(origin: string, address: string, code: string): Promise<void> {
  const { status, headers } = await fetch(`${origin}/portal/redeem`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'x-forwarded-for': address },
    body: new URLSearchParams({ code }),
  });
  const location = headers.get('location');
  if (status !== 303 || location !== '/portal/status') {
    throw new Error(`a redemption was answered ${status} ${location}`);
  }
}

/** The router restarts, and everybody who was online comes back. */
export async function benchReturn(folder: string, profiles: string): Promise<object> {
  const router = start('router-process');
  const { port } = await next<{ port: number }>(router);
  await ask(router, { devices: RETURNING } satisfies RouterOrder);
  const shopArguments = [port, RETURNING, join(folder, 'return.db'), profiles];
  await ended(start('pass-process', 'fill', ...shopArguments));
  const shop = start('pass-process', 'measure', ...shopArguments);
  await next(shop);
  const runs: PassFigures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { online: left } = await ask<{ online: number }>(router, {
      reboot: true,
    } satisfies RouterOrder);
    if (left > 0) throw new Error('the router kept its sessions over a restart');
    runs.push(await ask<PassFigures>(shop, { restarted: true } satisfies PassOrder));
    const { online } = await ask<{ online: number }>(router, {});
    if (online < RETURNING) throw new Error(`only ${online} came back in one round`);
  }
  for (const child of [shop, router]) child.disconnect();
  return {
    bench: 'return',
    devices: RETURNING,
    rounds: 1,
    wallMs: Math.round(median(runs.map(({ wallMs }) => wallMs))),
    cpuMs: Math.round(median(runs.map((one) => one.cpuMs))),
    sentences: median(runs.map(({ sentences }) => sentences)),
  };
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1]!;
}
