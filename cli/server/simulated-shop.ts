import { rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { parseCode } from '../../src/domain/vouchers/voucher-code';
import { systemClock } from '../../src/clock';
import { loadDotEnv, settingsFile } from '../../src/config';
import { NOTICE_KEYS } from '../../src/domain/notices/notice-rules';
import { populate } from '../../src/simulator/population';
import { Simulator } from '../../src/simulator/simulator';
import { withApp } from '../shell/with-app';
import { ownPath } from '../shell/own-file';
import { writeDotEnv } from '../../src/settings-file';
import { dismissServer, endServer, runningServer } from './server-process';
import { readSettings, SIMULATED_SETTINGS } from '../shell/settings';
import { removeBooks } from '../../src/store/database/books-swap';
import { makePrivateFolder } from '../../src/store/database/private-files';

/** A database of its own, so that nothing tried out gets into the shop's. */
const DATABASE = join('data', 'simulated.db');
const PASSWORD = 'simulated';
const DEVICES = 7;
const ONLINE = 4;
/**
 * What the simulated shop shares with the real one: nothing that reaches its router, database or people.
 */
const SHARED = ['HOST', 'LOG_LEVEL', 'POLL_SECONDS', 'TIMEZONE', 'CURRENCY', 'SHOP_NAME'];
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** A shop for trying out: a simulated router, some customers, a fresh database. */
export interface SimulatedShop {
  /** Also ends the server that was started in it. */
  close(): Promise<void>;
}

/**
 * Opens the simulated shop for this process and its children: until it is closed the settings are in a
 * file of their own, which a set-up may write, and `.env` is neither read nor written. However this
 * process ends, the server that was started in it ends too.
 */
export async function openSimulatedShop(): Promise<SimulatedShop> {
  const simulator = await Simulator.start({ password: PASSWORD });
  populate(simulator, DEVICES);
  const restore = enter(await settingsOf(simulator));
  const stopWatching = onEnd(() => {
    dismissServer();
    rmSync(SIMULATED_SETTINGS, { force: true });
  });
  const close = async () => {
    try {
      await endOwnServer();
    } finally {
      stopWatching();
      rmSync(SIMULATED_SETTINGS, { force: true });
      restore();
      await simulator.stop();
    }
  };
  try {
    await endOwnServer(); // left by a simulated shop that was killed
    removeBooks(DATABASE);
    await letCustomersIn(simulator);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As at the portal: each redeems a code of their own. */
async function letCustomersIn(simulator: Simulator): Promise<void> {
  await withApp(readSettings(), async ({ services, routerSide }) => {
    const { controller } = routerSide!;
    const { vouchers } = await services.batches.generate(
      { plan: 'P5', count: ONLINE, note: 'simulated customers' },
      'simulated shop',
    );
    const phones = simulator.devices().slice(1, 1 + ONLINE);
    for (const [index, { address }] of phones.entries()) {
      const host = await controller.whoIsAt(address);
      if (host) await services.redemptions.redeem(parseCode(vouchers[index]!.code), host);
    }
    await controller.reconcileAnywhere(); // allows restoring it
  });
}

async function endOwnServer(): Promise<void> {
  const pid = runningServer();
  if (pid !== undefined) await endServer(systemClock, pid);
}

async function settingsOf(simulator: Simulator): Promise<Record<string, string>> {
  const real = loadDotEnv(settingsFile());
  const shared = SHARED.flatMap((name) => (real[name] ? [[name, real[name]] as const] : []));
  const { host, port: wanted } = readSettings();
  const port = await freePort(wanted, host);
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return {
    ...Object.fromEntries(shared),
    PORT: String(port),
    PORTAL_URL: `http://${reachable}:${port}`,
    DATABASE_URL: `sqlite:${DATABASE}`,
    PROFILES_FILE: ownPath('profiles.demo.json') ?? 'profiles.demo.json',
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(simulator.port),
    MIKROTIK_USERNAME: 'admin',
    MIKROTIK_PASSWORD: PASSWORD,
    MIKROTIK_USE_SSL: 'false',
  };
}

/** The wanted port, or any free one while another program, such as the real server, has it. */
function freePort(wanted: number, host: string): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', (error) => {
      if (wanted === 0) failed(error);
      else freePort(0, host).then(found, failed);
    });
    server.listen(wanted, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => found(port));
    });
  });
}

/** Makes these the settings, overriding the environment. @returns a function that restores the old ones */
function enter(settings: Record<string, string>): () => void {
  makePrivateFolder(dirname(SIMULATED_SETTINGS));
  rmSync(SIMULATED_SETTINGS, { force: true });
  writeDotEnv(SIMULATED_SETTINGS, settings);
  const others = [
    ...['MIKROTIK_HOTSPOT_SERVER', 'MIKROTIK_WAN_INTERFACE', 'MIKROTIK_LINE_HOST', 'LINE_RATE'],
    'MIKROTIK_CODE_PAGE',
    ...['ADMIN_PORT', 'ADMIN_HOST', 'TLS_CERT_FILE', 'TLS_KEY_FILE', 'TRUSTED_PROXY'],
    ...NOTICE_KEYS,
  ];
  // Empty variables count as not set, so the file fills them.
  const hidden = Object.fromEntries([...Object.keys(settings), ...others].map((key) => [key, '']));
  return setEnvironment({ ...hidden, PISONET_ENV_FILE: SIMULATED_SETTINGS });
}

/** Runs when this process ends, also when its terminal goes away. @returns how to stop watching */
function onEnd(work: () => void): () => void {
  const end = (signal: (typeof SIGNALS)[number]) => process.exit(128 + constants.signals[signal]);
  process.on('exit', work);
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    process.off('exit', work);
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

/** @returns a function that restores the old values */
function setEnvironment(values: Record<string, string>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
