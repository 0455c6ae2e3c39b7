import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { compose } from '../src/compose';
import { loadConfig } from '../src/config';
import { USUAL_SETTINGS } from '../src/services/router/added-routers';
import { next, rounded, start } from './children';
import type { RouterPorts } from './processes/routers-process';

/**
 * What a router costs, and what one in trouble costs the others: `node dist/bench/several-routers.js COUNT
 * SECONDS [troubled]` runs the loops of so many idle routers for so long, polled every two seconds. With
 * `troubled` one of them is silent and one as slow as a hAP lite; the figures are of the others. One line of
 * JSON.
 */

const POLL_SECONDS = 2;
const WARM_UP_MS = 6_000;
const MB = 1_048_576;
const PLAN = { name: 'P5', price: '5', rate_up: '1M', rate_down: '2M', validity: '1h' };

async function main(): Promise<void> {
  const [count = 1, seconds = 30] = process.argv.slice(2).map(Number);
  const isTroubled = process.argv[4] === 'troubled';
  const routers = start('routers-process', count, isTroubled ? 'troubled' : 'well');
  const { ports } = await next<RouterPorts>(routers);
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-bench-'));
  const app = await open(folder, ports);
  let statements = 0;
  app.db.on('query', () => (statements += 1));
  const stopping = new AbortController();
  const gaps = watchGaps(app.routerSides.slice(0, isTroubled ? count - 2 : count));
  const running = app.routers.run(stopping.signal);
  await pause(WARM_UP_MS);
  const cpuBefore = process.cpuUsage();
  [statements, gaps.of.length] = [0, 0];
  await pause(seconds * 1_000);
  const cpu = process.cpuUsage(cpuBefore);
  const found = [...gaps.of].sort((a, b) => a - b);
  const at = (share: number) => rounded(found[Math.floor(found.length * share)] ?? 0);
  console.log(
    JSON.stringify({
      bench: 'routers',
      ...{ count, isTroubled, seconds, pollSeconds: POLL_SECONDS, rounds: found.length },
      ...{ gapP50Ms: at(0.5), gapP95Ms: at(0.95), gapP99Ms: at(0.99) },
      statementsPerRound: rounded(statements / found.length),
      cpuMsPerRound: rounded((cpu.user + cpu.system) / 1_000 / found.length),
      rssMb: rounded(process.memoryUsage.rss() / MB),
    }),
  );
  stopping.abort();
  app.routers.stop();
  await running;
  await app.close();
  routers.disconnect();
  rmSync(folder, { recursive: true, force: true });
}

async function open(folder: string, [first, ...others]: readonly number[]) {
  const profiles = join(folder, 'profiles.json');
  writeFileSync(profiles, JSON.stringify([PLAN]));
  const config = loadConfig({
    DATABASE_URL: `sqlite:${join(folder, 'shop.db')}`,
    PROFILES_FILE: profiles,
    POLL_SECONDS: String(POLL_SECONDS),
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(first),
  });
  const app = await compose(config, { log: pino({ level: 'silent' }) });
  for (const port of others) {
    const address = { host: '127.0.0.1', port, username: 'admin' };
    const settings = { ...USUAL_SETTINGS, ...address, title: `router ${port}` };
    await app.services.addedRouters.add(settings, '', 'bench');
  }
  return app;
}

/** The time from the end of each round to the end of the next, in ms. */
function watchGaps(sides: Awaited<ReturnType<typeof open>>['routerSides']): { of: number[] } {
  const gaps = { of: [] as number[] };
  for (const { controller } of sides) {
    let last: number | undefined;
    controller.status.onRound(() => {
      const now = performance.now();
      if (last !== undefined) gaps.of.push(now - last);
      last = now;
    });
  }
  return gaps;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

void main();
