import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { compose, type App } from '../src/compose';
import { loadConfig } from '../src/config';
import { Simulator, type SimulatedDevice, type SimulatorOptions } from '../src/simulator/simulator';
import { createServer } from '../src/web/server';

const LONGEST_MS = 30 * 60_000;

/** The product and a simulated router, both at their true speed. */
export interface LiveShop {
  app: App;
  simulator: Simulator;
  /** Of the portal. */
  port: number;
  /** The words of each line that was logged. */
  logged: string[];
  /** Customers stay online. */
  close(): Promise<void>;
}

/**
 * Starts both, with the loop running, as in a shop.
 * @param profile the only plan, an entry of a profiles file
 */
export async function openLiveShop(
  router: SimulatorOptions,
  profile: Record<string, string>,
): Promise<LiveShop> {
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-bench-'));
  const simulator = await Simulator.start(router);
  const logged: string[] = [];
  const profiles = join(folder, 'profiles.json');
  writeFileSync(profiles, JSON.stringify([profile]));
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
  const { loop, client } = app.routerSide!;
  const stopping = new AbortController();
  client.keepConnected();
  const running = loop.run(stopping.signal);
  const close = async () => {
    stopping.abort();
    client.stop();
    await running;
    server.closeAllConnections();
    server.close();
    await app.close();
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { app, simulator, port, logged, close };
}

/** So many phones on the Wi-Fi, each reachable as a customer of the portal. */
export function phonesOn(simulator: Simulator, count: number): SimulatedDevice[] {
  return Array.from({ length: count }, (_, index) => {
    const hex = (index + 2).toString(16).toUpperCase().padStart(2, '0');
    return simulator.addDevice({
      mac: `02:00:00:00:01:${hex}`,
      address: `127.0.0.${index + 2}`,
    });
  });
}

/** Each has a voucher of the plan, and the next round lets it in. */
export async function sellTo(
  { app }: LiveShop,
  plan: string,
  phones: readonly SimulatedDevice[],
): Promise<void> {
  const { services, stores, clock } = app;
  const { vouchers } = await services.batches.generate({ plan, count: phones.length }, 'bench');
  await stores.transaction(async ({ sessions }) => {
    const now = clock.now();
    const later = new Date(now.getTime() + 3_600_000);
    for (const [index, { code }] of vouchers.entries()) {
      const { mac, address } = phones[index]!;
      await sessions.seeDevices([{ mac: mac as never, address }], now);
      await sessions.addPending(code, mac as never, now, later);
    }
  });
}

export async function untilTrue(isSo: () => boolean): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  while (!isSo() && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The last round was one that failed in nothing and had nothing to write. */
export function isCalm({ app }: LiveShop): boolean {
  const { last } = app.services.loop.status;
  return typeof last === 'object' && !last.failure && last.report.writes === 0;
}
