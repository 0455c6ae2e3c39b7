import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, ended, next, start, startShop } from './children';
import type { LoadFigures, LoadOrder } from './processes/load-process';
import { benchAddress, type RouterOrder } from './processes/router-process';

/** What the server takes of the computer's memory while it keeps the loop and answers pages. */

const SECONDS = 20;
const CONNECTIONS = 10;
const POLL_SECONDS = 5;

/** @returns memory at its highest, in MB; empty where the system does not tell */
export async function benchMemory(
  devices: number,
  folder: string,
  profiles: string,
): Promise<object> {
  const router = start('router-process');
  const { port } = await next<{ port: number }>(router);
  await ask(router, { devices } satisfies RouterOrder);
  const file = join(folder, `memory-${devices}.db`);
  await ended(start('pass-process', 'fill', port, devices, file, profiles));
  const shop = await startShop(folder, {
    DATABASE_URL: `sqlite:${file}`,
    PROFILES_FILE: profiles,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(port),
    POLL_SECONDS: String(POLL_SECONDS),
    TRUSTED_PROXY: '127.0.0.1',
  });
  const load = start('load-process');
  await next(load);
  const moving = setInterval(() => void ask(router, { moveBytes: 10_000 }), POLL_SECONDS * 1000);
  const addresses = Array.from({ length: devices }, (_, n) => benchAddress(n));
  const asked = { url: `${shop.origin}/portal`, addresses, seconds: SECONDS };
  const { failures, requestsPerSecond } = await ask<LoadFigures>(load, {
    ...asked,
    connections: CONNECTIONS,
  } satisfies LoadOrder);
  clearInterval(moving);
  const highestMb = memoryMb(shop.pid, 'VmHWM');
  const nowMb = memoryMb(shop.pid, 'VmRSS');
  load.disconnect();
  await shop.stop();
  router.disconnect();
  if (failures > 0) throw new Error(`${failures} pages failed`);
  return { bench: 'memory', devices, requestsPerSecond, nowMb, highestMb };
}

function memoryMb(pid: number | undefined, field: 'VmHWM' | 'VmRSS'): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kb] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1024);
  } catch {
    return undefined;
  }
}
