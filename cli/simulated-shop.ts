import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { populate } from '../src/simulator/population';
import { Simulator } from '../src/simulator/simulator';
import { withApp } from './carry-out';
import { ownPath } from './own-file';
import { runningServer, stopServer } from './server-process';
import { readSettings } from './settings';

/** Books of its own: nothing that is tried out gets into those of the shop. */
const DATABASE = join('data', 'simulated.db');
const PASSWORD = 'simulated';
const DEVICES = 7;
const ONLINE = 4;

/** A shop that is not there: a simulated router, some customers, fresh books. */
export interface SimulatedShop {
  /** Ends the server that was started in it, too. */
  close(): Promise<void>;
}

/**
 * Opens the simulated shop for this process and what it starts: the settings point there until it is
 * closed, whatever `.env` says.
 */
export async function openSimulatedShop(): Promise<SimulatedShop> {
  const serverBefore = runningServer();
  const simulator = await Simulator.start({ password: PASSWORD });
  populate(simulator, DEVICES);
  for (const ending of ['', '-wal', '-shm']) rmSync(DATABASE + ending, { force: true });
  const restore = setEnvironment({
    DATABASE_URL: `sqlite:${DATABASE}`,
    PROFILES_FILE: ownPath('profiles.demo.json') ?? 'profiles.demo.json',
    MIKROTIK_HOST: '127.0.0.1',
    MIKROTIK_PORT: String(simulator.port),
    MIKROTIK_USERNAME: 'admin',
    MIKROTIK_PASSWORD: PASSWORD,
    MIKROTIK_USE_SSL: 'false',
    MIKROTIK_HOTSPOT_SERVER: '',
  });
  const close = async () => {
    try {
      const server = runningServer();
      if (server !== undefined && server !== serverBefore)
        await withApp(readSettings(), stopServer);
    } finally {
      restore();
      await simulator.stop();
    }
  };
  try {
    await letCustomersIn(simulator);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As at the portal: each redeems a code of its own. */
async function letCustomersIn(simulator: Simulator): Promise<void> {
  await withApp(readSettings(), async ({ services, routerSide }) => {
    const { controller } = routerSide!;
    const { vouchers } = await services.vouchers.generate(
      { plan: 'P5', count: ONLINE, note: 'simulated customers' },
      'simulated shop',
    );
    const phones = simulator.devices().slice(1, 1 + ONLINE);
    for (const [index, { address }] of phones.entries()) {
      const host = await controller.whoIsAt(address);
      if (host) await services.redemptions.redeem(vouchers[index]!.code, host);
    }
    await controller.passAnywhere(); // gives the right to write back
  });
}

/** @returns what puts it back as it was */
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
