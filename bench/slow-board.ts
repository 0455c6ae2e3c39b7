import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { compose, type App } from '../src/compose';
import { loadConfig } from '../src/config';
import { Simulator, type SimulatedDevice } from '../src/simulator/simulator';
import { createServer } from '../src/web/server';

/**
 * The product on a hAP lite, at its true speed, which takes minutes:
 * `node dist/bench/slow-board.js crowd 20` has so many customers type a code at once;
 * `node dist/bench/slow-board.js reboot 60` puts so many devices on a board, cuts its power, and waits until
 * all are back. Figures are one line of JSON.
 */

const PROFILES = [{ name: 'P5', price: '5', rate_up: '1M', rate_down: '2M', validity: '1d' }];
const LONGEST_MS = 30 * 60_000;

interface Shop {
  app: App;
  simulator: Simulator;
  port: number;
  logged: string[];
}

async function main(): Promise<void> {
  const [what, size] = process.argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-slow-'));
  const shop = await open(folder);
  const stopping = new AbortController();
  const running = shop.app.routerSide!.loop.run(stopping.signal);
  const figures = await (what === 'reboot' ? reboot : crowd)(shop, Number(size));
  const { logged } = shop;
  const alerts = await shop.app.services.alerts.open();
  console.log(
    JSON.stringify({
      ...{ what, size: Number(size), ...figures },
      connections: logged.filter((words) => words === 'connected to the router').length,
      logged: logged.length,
      words: [...new Set(logged)],
      alerts: alerts.map(({ kind }) => kind),
    }),
  );
  stopping.abort();
  shop.app.routerSide!.client.stop();
  await running;
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}

async function open(folder: string): Promise<Shop> {
  const simulator = await Simulator.start({ slow: { board: 'hap-lite' } });
  const logged: string[] = [];
  const profiles = join(folder, 'profiles.json');
  writeFileSync(profiles, JSON.stringify(PROFILES));
  const config = loadConfig({
    DATABASE_URL: `sqlite:${join(folder, 'shop.db')}`,
    PROFILES_FILE: profiles,
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(simulator.port),
  });
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg) },
  );
  const app = await compose(config, { log });
  const { clock, services } = app;
  const server = createHttpServer(createServer({ config, clock, log, services }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { app, simulator, port, logged };
}

/** Everybody presses the button in the same moment. */
async function crowd(shop: Shop, size: number) {
  const { simulator, app } = shop;
  const phones = Array.from({ length: size }, (_, index) => phoneOf(simulator, index));
  await untilTrue(() => app.services.loop.status.last !== undefined);
  const { vouchers } = await app.services.batches.generate({ plan: 'P5', count: size }, 'bench');
  const begun = performance.now();
  const seconds = (since: number) => Math.round((performance.now() - since) / 100) / 10;
  const answers: number[] = [];
  const statuses: string[] = [];
  const times = await Promise.all(
    phones.map(async (phone, index) => {
      const answer = redeem(shop.port, phone, vouchers[index]!.code).then((status) => {
        answers.push(seconds(begun));
        statuses.push(status);
        return status.startsWith('303');
      });
      let isRefused = false;
      void answer.then((isGood) => (isRefused = !isGood));
      await untilTrue(() => phone.online || isRefused);
      const took = seconds(begun);
      await answer;
      return phone.online ? took : Infinity;
    }),
  );
  return { online: spread(times), answered: spread(answers), statuses: tally(statuses) };
}

async function reboot(shop: Shop, size: number) {
  const { simulator, app } = shop;
  const phones = Array.from({ length: size }, (_, index) => phoneOf(simulator, index));
  const { vouchers } = await app.services.batches.generate({ plan: 'P5', count: size }, 'bench');
  await app.stores.transaction(async ({ sessions }) => {
    const now = app.clock.now();
    const later = new Date(now.getTime() + 3_600_000);
    for (const [index, { code }] of vouchers.entries()) {
      const { mac, address } = phones[index]!;
      await sessions.seeDevices([{ mac: mac as never, address }], now);
      await sessions.addPending(code, mac as never, now, later);
    }
  });
  const begun = performance.now();
  const isBack = () => phones.every(({ online }) => online);
  await untilTrue(isBack);
  const addedSeconds = Math.round((performance.now() - begun) / 1000);
  simulator.reboot({ bootMs: 30_000 });
  const cut = performance.now();
  const seconds = () => Math.round((performance.now() - cut) / 1000);
  await untilTrue(isBack);
  const backSeconds = seconds();
  const { status } = app.services.loop;
  await untilTrue(() => typeof status.last === 'object' && status.last.failure !== undefined);
  await untilTrue(() => typeof status.last === 'object' && !status.last.failure);
  return { addedSeconds, backSeconds, roundSeconds: seconds() };
}

function phoneOf(simulator: Simulator, index: number): SimulatedDevice {
  const hex = (index + 2).toString(16).toUpperCase().padStart(2, '0');
  return simulator.addDevice({
    mac: `02:00:00:00:01:${hex}`,
    address: `127.0.0.${index + 2}`,
  });
}

function redeem(port: number, phone: SimulatedDevice, code: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path: '/portal/redeem', method: 'POST' },
        localAddress: phone.address,
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
      },
      (answer) => {
        answer.resume();
        resolve(`${answer.statusCode} ${answer.headers.location?.split('?')[0] ?? ''}`.trim());
      },
    );
    sent.on('error', (error) => resolve(error.message));
    sent.end(new URLSearchParams({ code }).toString());
  });
}

async function untilTrue(isSo: () => boolean): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  while (!isSo() && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function spread(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) };
}

function tally(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
