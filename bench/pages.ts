import { join } from 'node:path';
import { ask, cpuMs, ended, median, next, rounded, start, startShop } from './children';
import type { LoadFigures, LoadOrder } from './processes/load-process';
import { benchAddress, type RouterOrder } from './processes/router-process';

/** How many pages a second the portal answers, against the plainest Express page of the same length. */

const DEVICES = 200;
const CONNECTIONS = 50;
const SECONDS = 5;
const ROUNDS = 3;
const WARM_UP_SECONDS = 2;

/** `cpuMs` is of one request. */
type Figures = LoadFigures & { cpuMs: number };

const PATHS = {
  portal: '/portal',
  status: '/portal/status',
  'status-json': '/portal/status.json',
  captive: '/captive-portal/api',
} as const;
export type PageBench = keyof typeof PATHS;
export const PAGE_BENCHES = Object.keys(PATHS) as PageBench[];

/** @param profiles the plans' file @returns a line for each page */
export async function benchPages(
  names: readonly PageBench[],
  folder: string,
  profiles: string,
): Promise<object[]> {
  const router = start('router-process');
  const { port } = await next<{ port: number }>(router);
  await ask(router, { devices: DEVICES } satisfies RouterOrder);
  const file = join(folder, 'pages.db');
  await ended(start('pass-process', 'fill', port, DEVICES, file, profiles));
  const shop = await startShop(folder, {
    DATABASE_URL: `sqlite:${file}`,
    PROFILES_FILE: profiles,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(port),
    TRUSTED_PROXY: '127.0.0.1',
  });
  const load = start('load-process');
  await next(load);
  const lines: object[] = [];
  for (const name of names) {
    console.error(`${PATHS[name]} …`);
    lines.push(await benchPage(name, shop.origin + PATHS[name]));
  }
  load.disconnect();
  await shop.stop();
  router.disconnect();
  return lines;

  async function benchPage(name: string, url: string): Promise<object> {
    const headers = { 'x-forwarded-for': benchAddress(0) };
    const bytes = Buffer.byteLength(await (await fetch(url, { headers })).text());
    const bare = start('bare-page-process', bytes);
    const { port: barePort } = await next<{ port: number }>(bare);
    const addresses = Array.from({ length: DEVICES }, (_, n) => benchAddress(n));
    const ours: Figures[] = [];
    const theirs: Figures[] = [];
    const askUs = (seconds: number) => measure(shop.pid, { url, addresses, seconds });
    const askBare = (seconds: number) =>
      measure(bare.pid, { url: `http://127.0.0.1:${barePort}/`, seconds });
    await askUs(WARM_UP_SECONDS);
    await askBare(WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await askUs(SECONDS));
      theirs.push(await askBare(SECONDS));
    }
    bare.disconnect();
    const failures = ours.reduce((sum, one) => sum + one.failures, 0);
    if (failures > 0) throw new Error(`${failures} requests for ${url} failed`);
    const cpu = median(ours.map(({ cpuMs }) => cpuMs));
    const bareCpu = median(theirs.map(({ cpuMs }) => cpuMs));
    const each = median(ours.map(({ requestsPerSecond }) => requestsPerSecond));
    const bareEach = median(theirs.map(({ requestsPerSecond }) => requestsPerSecond));
    return {
      bench: name,
      devices: DEVICES,
      connections: CONNECTIONS,
      bytes,
      requestsPerSecond: Math.round(each),
      p50Ms: median(ours.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(ours.map(({ p99Ms }) => p99Ms)),
      bareRequestsPerSecond: Math.round(bareEach),
      bareP99Ms: median(theirs.map(({ p99Ms }) => p99Ms)),
      ratioToBare: rounded(each / bareEach),
      // Of the processor alone, which other work on the computer does not change.
      cpuMs: rounded(cpu),
      bareCpuMs: rounded(bareCpu),
      cpuRatioToBare: rounded(bareCpu / cpu),
    };
  }

  async function measure(
    pid: number | undefined,
    order: Omit<LoadOrder, 'connections'>,
  ): Promise<Figures> {
    const before = cpuMs(pid) ?? NaN;
    const figures = await ask<LoadFigures>(load, { ...order, connections: CONNECTIONS });
    return { ...figures, cpuMs: ((cpuMs(pid) ?? NaN) - before) / figures.requests };
  }
}
