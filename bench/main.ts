import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchApi } from './api';
import { benchAdmin, benchSearch } from './shops/big-shops';
import { ask, ended, median, next, rounded, start, writePlans } from './children';
import { benchCommands, benchStart } from './commands';
import { benchMemory } from './memory';
import { benchPages, PAGE_BENCHES } from './pages';
import { benchRedeem, benchReturn } from './redemptions';
import { benchRestart } from './restart';
import { withFigures } from './table';
import type { PassFigures } from './processes/pass-process';
import type { ReadFigures } from './processes/read-process';
import type { RouterOrder } from './processes/router-process';
import { benchVouchers } from './vouchers';

/**
 * The benchmarks: `npm run bench -- [NAME …] [DEVICES …] [--table]`; without names, all. Router, shop and what
 * we compare with each run in their own process; every figure is the median of several runs in turn, and what
 * counts are the ratios within one run of this program. The result is JSON lines, last on standard output.
 */

const ROUNDS = 7;
/** Warm-up rounds, not counted: a shop runs for weeks, and the package we compare with is warmed up too. */
const WARM_UP = 3;
const GB = 1_000_000_000;
const MEMORY_OF = [100, 5_000];
/** Writes the figures into the documentation. */
const TABLE = '--table';
const PAGE = join(__dirname, '..', '..', 'docs', 'internals', 'performance.md');

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word) => word !== TABLE);
  const sizes = words.map(Number).filter((size) => size > 0);
  const names = words.filter((word) => !(Number(word) > 0));
  const wants = (name: string) => words.length === 0 || names.includes(name);
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-bench-'));
  const profiles = writePlans(folder);
  const lines: object[] = [];
  try {
    for (const devices of wants('pass') && sizes.length === 0 ? [100, 1_000, 5_000] : sizes) {
      console.error(`a pass over ${devices} devices, all moving …`);
      lines.push(await benchPass(devices, folder, profiles));
    }
    if (wants('vouchers') || names.length === 0) {
      console.error('10,000 vouchers …');
      lines.push(await benchVouchers(10_000, folder));
    }
    const pages = PAGE_BENCHES.filter(wants);
    if (wants('cli')) {
      console.error('commands …');
      lines.push(benchCommands(folder, profiles));
    }
    if (wants('start')) {
      console.error('starts of the server …');
      lines.push(await benchStart(folder, profiles));
    }
    if (wants('redeem')) {
      console.error('200 redemptions at once …');
      lines.push(await benchRedeem(folder, profiles));
    }
    if (wants('return')) {
      console.error('500 devices return after a restart …');
      lines.push(await benchReturn(folder, profiles));
    }
    if (wants('restart')) {
      console.error('a start with 500 devices online …');
      lines.push(await benchRestart(folder, profiles));
    }
    if (pages.length > 0) lines.push(...(await benchPages(pages, folder, profiles)));
    if (wants('api')) {
      console.error('the API with 10,000 subscribers …');
      lines.push(await benchApi(folder, profiles));
    }
    for (const devices of wants('memory') ? MEMORY_OF : []) {
      console.error(`memory with ${devices} devices …`);
      lines.push(await benchMemory(devices, folder, profiles));
    }
    if (wants('admin')) {
      console.error('pages of a shop with 100,000 vouchers …');
      lines.push(await benchAdmin(folder));
    }
    if (wants('search')) {
      console.error('search among 1,000,000 vouchers …');
      lines.push(await benchSearch(folder));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.argv.includes(TABLE)) {
    writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), lines));
  }
  for (const line of lines) console.log(JSON.stringify(line));
}

async function benchPass(devices: number, folder: string, profiles: string): Promise<object> {
  const router = start('router-process');
  const { port } = await next<{ port: number }>(router);
  await ask(router, { devices } satisfies RouterOrder);
  const shopArguments = [port, devices, join(folder, `${devices}.db`), profiles];
  await ended(start('pass-process', 'fill', ...shopArguments));
  const shop = start('pass-process', 'measure', ...shopArguments);
  await next(shop);
  const plain = start('read-process', port, 'delay');
  await next(plain);
  const noDelay = start('read-process', port, 'nodelay');
  await next(noDelay);

  const passes: PassFigures[] = [];
  const reads: ReadFigures[] = [];
  const noDelayReads: ReadFigures[] = [];
  const changing = Math.ceil(devices / 100);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    await ask(router, { moveBytes: 10_000, fairUse: { devices: changing, bytes: GB } });
    const pass = await ask<PassFigures>(shop, {});
    const read = await ask<ReadFigures>(plain, {});
    const noDelayRead = await ask<ReadFigures>(noDelay, {});
    if (round < 0) continue;
    passes.push(pass);
    reads.push(read);
    noDelayReads.push(noDelayRead);
  }
  for (const child of [shop, plain, noDelay, router]) child.disconnect();

  const cpuMs = median(passes.map((pass) => pass.cpuMs));
  const readCpuMs = median(reads.map((read) => read.cpuMs));
  const noDelayCpuMs = median(noDelayReads.map((read) => read.cpuMs));
  return {
    bench: 'pass',
    devices,
    wallMs: rounded(median(passes.map((pass) => pass.wallMs))),
    cpuMs: rounded(cpuMs),
    sentences: median(passes.map((pass) => pass.sentences)),
    writes: median(passes.map((pass) => pass.writes)),
    rowsWritten: median(passes.map((pass) => pass.rowsWritten)),
    rssMb: rounded(Math.max(...passes.map((pass) => pass.rssMb))),
    nodeRouterosReadCpuMs: rounded(readCpuMs),
    nodeRouterosReadWallMs: rounded(median(reads.map((read) => read.wallMs))),
    ratioToNodeRouteros: rounded(cpuMs / readCpuMs),
    ratioToNodeRouterosNoDelay: rounded(cpuMs / noDelayCpuMs),
  };
}

void main();
