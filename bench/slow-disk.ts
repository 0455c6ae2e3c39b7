import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, median, next, rounded, start, startShop, writePlans } from './children';
import { redeemAt } from './redemptions';
import { benchAddress, type RouterOrder } from './processes/router-process';

/**
 * A shop on a memory card that is slow to flush: `node dist/bench/slow-disk.js 0 20 100`, each in milliseconds;
 * needs gcc. Customers redeem codes one after another, then all at once. One line of JSON for each: how long
 * they wait, and the longest time for which the program did nothing else.
 */

const ALONE = 20;
const CROWD = 20;

/** Loaded into the server before its own libraries. */
const SLOW_FLUSH = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static int flush(const char *name, int file) {
  usleep(atoi(getenv("FLUSH_MS")) * 1000);
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}
int fsync(int file) { return flush("fsync", file); }
int fdatasync(int file) { return flush("fdatasync", file); }
`;

/** Loaded into the server before its own code; its main thread alone. */
const PAUSES = `
const { isMainThread } = require('node:worker_threads');
if (isMainThread) {
  const delays = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
  process.on('SIGUSR2', () => {
    const inMs = (ns) => Math.round(ns / 1e4) / 100;
    const { PAUSES_FILE } = process.env;
    if (delays.count > 0) {
      const figures = { p99Ms: inMs(delays.percentile(99)), longestMs: inMs(delays.max) };
      require('node:fs').writeFileSync(PAUSES_FILE, JSON.stringify(figures));
    }
    delays.reset();
    delays.enable();
  });
}
`;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-slow-disk-'));
  try {
    writeFileSync(join(folder, 'pauses.cjs'), PAUSES);
    writeFileSync(join(folder, 'slow-flush.c'), SLOW_FLUSH);
    const compile = ['-shared', '-fPIC', '-o', 'slow-flush.so', 'slow-flush.c', '-ldl'];
    execFileSync('gcc', compile, { cwd: folder });
    for (const flushMs of process.argv.slice(2)) {
      console.log(
        JSON.stringify({ bench: 'slow disk', flushMs, ...(await onDisk(flushMs, folder)) }),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onDisk(flushMs: string, folder: string): Promise<object> {
  const file = join(folder, `${flushMs}.db`);
  const pauses = join(folder, `${flushMs}.json`);
  const profiles = writePlans(folder);
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
    ...{ LD_PRELOAD: join(folder, 'slow-flush.so'), FLUSH_MS: flushMs },
    ...{ NODE_OPTIONS: `--require ${join(folder, 'pauses.cjs')}`, PAUSES_FILE: pauses },
  });
  const mark = () => process.kill(shop.pid!, 'SIGUSR2');
  const redeem = async (index: number) => {
    const began = performance.now();
    await redeemAt(shop.origin, benchAddress(index), codes[index]!);
    return performance.now() - began;
  };
  mark();
  const alone: number[] = [];
  for (let index = 0; index < ALONE; index += 1) alone.push(await redeem(index));
  const crowd = await Promise.all(Array.from({ length: CROWD }, (_, n) => redeem(ALONE + n)));
  mark();
  await shop.stop(); // after the signal was heard
  router.disconnect();
  return {
    aloneP50Ms: rounded(median(alone)),
    crowdAllInMs: Math.round(Math.max(...crowd)),
    ...(JSON.parse(readFileSync(pauses, 'utf8')) as object),
  };
}

void main();
