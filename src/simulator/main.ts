import { parseArgs } from 'node:util';
import { Personality } from './personality';
import { populate } from './population';
import { Simulator } from './simulator';

/** The simulated router on its own: `npm run simulator -- --port 8728 --version 7.19`. */

const USAGE =
  'usage: simulator [--port 8728] [--version 7.19] [--host 127.0.0.1] [--user admin] [--password TEXT] [--speed 1] [--devices 8] [--bare]';
const MOST_DEVICES = 60_000;

class UsageError extends Error {}

interface Settings {
  port: number;
  host: string;
  version: string;
  username: string;
  password: string;
  speed: number;
  devices: number;
  bare: boolean;
}

function readSettings(args: string[]): Settings {
  const { values } = readFlags(args);
  checkVersion(values.version);
  return {
    port: number('port', values.port, 0, 65_535),
    host: values.host,
    version: values.version,
    username: values.user,
    password: values.password,
    speed: number('speed', values.speed, 0.001, 1_000_000),
    devices: number('devices', values.devices, 0, MOST_DEVICES),
    bare: values.bare,
  };
}

function readFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8728' },
        host: { type: 'string', default: '127.0.0.1' },
        version: { type: 'string', default: '7.19.4' },
        user: { type: 'string', default: 'admin' },
        password: { type: 'string', default: '' },
        speed: { type: 'string', default: '1' },
        devices: { type: 'string', default: '8' },
        bare: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

function checkVersion(version: string): void {
  try {
    new Personality(version);
  } catch (error) {
    throw new UsageError(error instanceof Error ? `--version: ${error.message}` : String(error));
  }
}

function number(name: string, given: string, min: number, max: number): number {
  const value = Number(given);
  const whole = name === 'speed' || Number.isInteger(value);
  if (given.trim() === '' || !whole || !(value >= min && value <= max)) {
    throw new UsageError(`--${name} must be a number from ${min} to ${max}, not '${given}'`);
  }
  return value;
}

async function run(settings: Settings): Promise<void> {
  const simulator = await Simulator.start(settings);
  // A second signal ends the process the hard way.
  const stop = () => void simulator.stop();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const devices = populate(simulator, settings.devices);
  const where = `${settings.host}:${simulator.port}`;
  console.log(`RouterOS ${simulator.version} (simulated) speaks the API on ${where}`);
  console.log(`Log in as '${settings.username}' with password '${settings.password}'`);
  if (devices.length > 0) console.log(`${devices.length} devices on the hotspot:`);
  for (const { mac, address, hostName } of devices.slice(0, 20)) {
    console.log(`  ${mac}  ${address.padEnd(15)}  ${hostName}`);
  }
  if (devices.length > 20) console.log(`  and ${devices.length - 20} more`);
}

function fail(message: string, code: number): void {
  console.error(message);
  process.exitCode = code;
}

try {
  const settings = readSettings(process.argv.slice(2));
  run(settings).catch((error: NodeJS.ErrnoException) => {
    const taken = `port ${settings.port} is already in use; choose another with --port`;
    fail(`simulator: ${error.code === 'EADDRINUSE' ? taken : error.message}`, 1);
  });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  fail(`simulator: ${error.message} (${USAGE})`, 2);
}
