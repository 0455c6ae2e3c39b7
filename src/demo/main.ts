import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { removeBooks } from '../store/database/books-swap';
import { compose, type App } from '../compose';
import { loadConfig, type Config } from '../config';
import { writeDotEnv } from '../settings-file';
import { AppError, InvalidInput } from '../errors';
import { NEIGHBOR_PORT } from '../routeros/neighbors/neighbor-datagram';
import { populate } from '../simulator/population';
import { hotspotPages } from '../services/router/hotspot-pages';
import { Simulator } from '../simulator/simulator';
import { runShop } from '../run-shop';
import { stopSignal } from '../stop-signal';
import { NOTHING_TYPED } from '../services/shop/shop-settings';
import { openListeners, type Listener } from '../web/listeners';
import { staffAddresses } from '../web/staff/staff-address';
import { startController, startPostgres } from './controllers';
import { DemoCoinBox } from './coin-box';
import { playCustomers } from './customers';
import { showLive } from './live-table';
import { DEMO_VERSION, addSites, siteCount, startSites, stopSites, type DemoSite } from './sites';

const DATABASE = join('data', 'demo.db');
/** Not those of a real shop beside it; a backup of the last demo would ask where its books went. */
const BACKUPS = join('data', 'demo-backups');
const PROFILES = join(__dirname, '..', '..', '..', 'profiles.demo.json');

/** Where its own set-up writes, and commands beside it find it: `.env` is a real shop's. */
const SETTINGS = join('data', 'demo.env');

/** What may be said of it in the environment. */
const OPEN = ['HOST', 'PORT', 'ADMIN_PORT', 'POLL_SECONDS', 'TIMEZONE', 'CURRENCY', 'SHOP_NAME'];
const ROUTER = /^MIKROTIK_/;

const USAGE = `npm run demo -- [--sites N] [--postgres] [--router]

  --sites N    routers at N sites, up to ten
  --postgres   the books in a PostgreSQL of its own, with a second program on them
  --router     on the router of MIKROTIK_HOST and so on in the environment: one to throw away, not the shop's

PORT=8080 npm run demo takes another port. The books are data/demo.db, new each time; .env is not read.`;

/**
 * `npm run demo`: the whole product on a simulated router with simulated customers; with `--router`, on the one that
 * MIKROTIK_HOST names. A real shop's settings are neither read nor written. `--sites 3` adds routers at other sites, and
 * `--postgres` keeps the books in a PostgreSQL that a second program works on too.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sites: { type: 'string' },
      postgres: { type: 'boolean', default: false },
      router: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const count = siteCount(values.sites);
  const env = settingsFor(values.router);
  // The ports first: a second demo by mistake must not wipe the books of the running one.
  const listeners = await openListeners(loadConfig(env));
  let simulator: Simulator | undefined;
  let sites: DemoSite[] = [];
  let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined;
  try {
    const { port } = listeners[0]!;
    simulator = env.MIKROTIK_HOST ? undefined : await startSimulator(port);
    sites = await startSites(count);
    postgres = values.postgres ? await startPostgres() : undefined;
    process.env.PISONET_ENV_FILE = SETTINGS;
    await runDemo(env, listeners, simulator, sites, postgres?.url);
  } finally {
    // However it ended: anything left open would keep the program running.
    for (const { server } of listeners) {
      server.close();
      server.closeAllConnections();
    }
    await simulator?.stop();
    await stopSites(sites);
    await postgres?.stop();
  }
}

/** @throws InvalidInput without a router, where one is wanted */
function settingsFor(isOnRouter: boolean): Record<string, string | undefined> {
  if (isOnRouter && !process.env.MIKROTIK_HOST) {
    throw new InvalidInput('--router needs MIKROTIK_HOST in the environment');
  }
  const isMeant = (name: string) => OPEN.includes(name) || (isOnRouter && ROUTER.test(name));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isMeant(name)));
}

async function runDemo(
  env: Record<string, string | undefined>,
  listeners: readonly Listener[],
  simulator: Simulator | undefined,
  sites: readonly DemoSite[],
  postgresUrl: string | undefined,
): Promise<void> {
  const { port } = listeners[0]!;
  removeBooks(DATABASE);
  rmSync(BACKUPS, { recursive: true, force: true });
  const settings = {
    BACKUP_FOLDER: BACKUPS,
    LOG_LEVEL: 'error',
    POLL_SECONDS: '3',
    PORTAL_URL: `http://localhost:${port}`,
    // Of both programs on one PostgreSQL; by a file of its own each would have another.
    ...(postgresUrl !== undefined && { SECRET_KEY: randomBytes(32).toString('hex') }),
    ...env,
    ...(simulator && { MIKROTIK_HOST: '127.0.0.1', MIKROTIK_PORT: String(simulator.port) }),
    DATABASE_URL: postgresUrl ?? `sqlite:${DATABASE}`,
    PROFILES_FILE: PROFILES,
  };
  const config = loadConfig(settings);
  keepSettings(settings);
  const app = await compose(config);
  const { accounts, batches, devices, shop, vouchers } = app.services;
  // As after "setup", with the rule that lets phones reach it: the router's pages lead to the portal.
  for (const { name, contents } of hotspotPages(config.portalUrl!, shop.get().name)) {
    simulator?.putFile(`hotspot/${name}`, contents);
  }
  const stopping = stopSignal();

  const portal = `http://localhost:${port}/portal`;
  const forVisitor = await batches.generate({ plan: 'P5', count: 2 }, 'demo');
  const coinBox = await DemoCoinBox.open(`http://127.0.0.1:${port}`, app.clock);
  const owner = { name: 'demo', role: 'owner', password: randomBytes(9).toString('base64url') };
  await accounts.add(owner, 'demo');
  const heading = [
    ...headingOf(
      config,
      portal,
      simulator !== undefined,
      forVisitor.vouchers,
      postgresUrl ?? DATABASE,
    ),
    `Be the owner:   open ${staffAddresses(config, listeners.at(-1)!.port).at(-1)}/admin`,
    `                name ${owner.name}, password ${owner.password} (only good in this demo)`,
    `A coin box:     open ${portal}/coins, then drop coins at ${coinBox.address}`,
    `A subscriber:   ${await addSubscriber(app, portal)}`,
    ...(sites.length > 0 ? await addSites(app, sites) : []),
  ];
  const second = postgresUrl === undefined ? undefined : await startSecond(settings);
  if (second) heading.push(...second.heading);
  const { clock, stores } = app;
  const customers = { batches, vouchers, portal: `http://127.0.0.1:${port}/portal`, clock };
  const live = { devices, journal: stores.journal, clock, shop, heading, output: process.stdout };
  await runShop(app, listeners, stopping, {
    besides: [
      (signal) => playCustomers(customers, sites.length + 1, signal),
      (signal) => coinBox.run(app, signal),
      (signal) => showLive(live, signal),
    ],
  }).finally(() => second?.stop());
}

/** For the commands beside it. */
function keepSettings(settings: Record<string, string | undefined>): void {
  const set = Object.entries(settings).filter((each): each is [string, string] => Boolean(each[1]));
  mkdirSync(dirname(SETTINGS), { recursive: true });
  rmSync(SETTINGS, { force: true });
  writeDotEnv(SETTINGS, Object.fromEntries(set));
}

/** Somebody who pays by the month, and whom to call. @returns how to log in */
async function addSubscriber({ services }: App, portal: string): Promise<string> {
  const { billing, shop, subscribers } = services;
  await shop.save({ ...NOTHING_TYPED, phone: '0917 000 0000, 8 AM to 9 PM' }, 'keep', 'demo');
  const password = randomBytes(5).toString('hex');
  const { id } = await subscribers.add({ name: 'Joy', login: 'joy', password }, 'demo');
  await subscribers.assign(id, { plan: 'HOME' }, undefined, 'demo');
  await billing.run();
  return `open ${portal}/account, login joy, password ${password}`;
}

/** The second program on the same books, with pages of its own. */
async function startSecond(settings: Record<string, string | undefined>) {
  const [listener] = await openListeners(loadConfig({ ...settings, PORT: '0' }));
  const { port, server } = listener!;
  server.close();
  const second = startController({ ...settings, PORT: String(port) });
  return {
    stop: () => second.stop(),
    heading: [
      `Two programs:   this one, and http://localhost:${port}/admin; they share the routers`,
      `                kill ${second.pid} ends that one, and this one takes its routers over`,
    ],
  };
}

/** On the ports of real routers if they are free, so that commands beside the demo find it. */
async function startSimulator(portalPort: number): Promise<Simulator> {
  const usual = { version: DEMO_VERSION, port: 8728, neighborPort: NEIGHBOR_PORT };
  const simulator = await Simulator.start(usual)
    .catch(() => Simulator.start({ ...usual, port: 0 }))
    .catch(() => Simulator.start({ version: DEMO_VERSION }));
  populate(simulator, 7);
  // As after "setup": phones not logged in yet can reach the portal.
  for (const where of ['=dst-host=localhost', '=dst-address=127.0.0.1']) {
    const portal = [where, '=protocol=tcp', `=dst-port=${portalPort}`];
    simulator.run(['/ip/hotspot/walled-garden/ip/add', '=action=accept', ...portal]);
  }
  return simulator;
}

function headingOf(
  config: Config,
  portal: string,
  simulated: boolean,
  codes: readonly { code: string }[],
  books: string,
): string[] {
  const { host, port } = config.router!;
  return [
    `${config.shopName}: the demo shop. Stop it with Ctrl-C.`,
    `Be a customer:  open ${portal} and type ${codes.map(({ code }) => code).join(' or ')}`,
    `The router:     ${host}:${port} (${simulated ? 'simulated, user admin, no password' : 'as MIKROTIK_HOST says'})`,
    `The books:      ${books}`,
    `Commands on it: PISONET_ENV_FILE=${SETTINGS} ./pisonet hotspot active`,
  ];
}

main().catch((error: unknown) => {
  if (error instanceof AppError) console.error(error.message);
  else console.error(error);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
});
