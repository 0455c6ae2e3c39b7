import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { isSlowBoard, SLOW_BOARDS } from './engine/slow-board-costs';
import { VOCABULARIES, type Vocabulary } from './engine/login-texts';
import { Personality } from './engine/personality';
import { BELIEFS, isHabit, type Habit, type MachineKind } from './engine/router-kinds';
import type { SlowBoardOptions } from './engine/slow-board';
import { likeReport, makeLike, readReport, type ReportedRouter } from './like-report';
import { NEIGHBOR_PORT } from '../routeros/neighbors/neighbor-datagram';
import { MORE_PORTS } from './more-hotspots';
import { populate } from './population';
import { Simulator } from './simulator';

/** The simulated router on its own: `npm run simulator -- --port 8728 --version 7.19`. */

const BOOT_MS = 5_000;
const USAGE =
  'usage: simulator [--port 8728] [--version 7.19] [--host 127.0.0.1] [--user admin] [--password TEXT] [--speed 1] [--devices 8] [--bare] [--hotspots 1] [--crowd 300] [--chr | --chr-free | --x86 | --flash] [--no-hotspot-package] [--slow hap-lite] [--refusals page] [--habit NAME] [--like report.json] [--discoverable]';
const HELP = `A simulated MikroTik router with customers' phones, until Ctrl-C.

${USAGE}

  --port      where its API answers; 0: any free port
  --host      the address it answers at
  --version   of RouterOS: 6.49, 7.19.4
  --user      the account for the API, and its --password
  --speed     how fast its time goes: 60 is a minute in a second
  --devices   how many phones are on its hotspot
  --bare      a router that nobody has set up yet
  --hotspots  how many hotspot servers it has, each on a port of its own
  --crowd     so many queues of others, with users, bindings and filters, and something that changes all the time
  --chr       a virtual router in place of a board; --chr-free: with the free license
  --x86       RouterOS on a PC
  --flash     a small board, which keeps only what is in its folder flash
  --no-hotspot-package   the hotspot is not installed
  --slow      a small board on which commands take seconds: ${Object.keys(SLOW_BOARDS).join(', ')}
  --refusals  the words in which a login is refused: ${VOCABULARIES.join(', ')}
  --habit     what is believed of some routers, or no-NAME for one without; may be given again:
              ${habitLines()}
  --like      the file of a router report: as that router is, whatever the other flags say of its kind
  --discoverable   it answers programs that look for routers on the network (UDP ${NEIGHBOR_PORT})

While it runs, type reboot and Enter: it goes off as in a power cut and is back after ${bootText()}.`;
const MOST_DEVICES = 60_000;
const MOST_IN_CROWD = 5_000;

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
  hotspots: number;
  crowd?: number;
  machine: MachineKind;
  hasHotspotPackage: boolean;
  slow?: SlowBoardOptions;
  vocabulary: Vocabulary;
  habits: Partial<Record<Habit, boolean>>;
  report?: ReportedRouter;
  neighborPort?: number;
}

function habitLines(): string {
  const names = Object.keys(BELIEFS);
  const rows = Math.ceil(names.length / 4);
  const lines = Array.from({ length: rows }, (_, row) => names.slice(row * 4, row * 4 + 4));
  return lines.map((line) => line.join(', ')).join(',\n              ');
}

function bootText(): string {
  return `${BOOT_MS / 1000} seconds`;
}

/** @returns `undefined` where only help is wanted */
function readSettings(args: string[]): Settings | undefined {
  const { values } = readFlags(args);
  if (values.help) return undefined;
  const report = values.like === undefined ? undefined : readLike(values.like);
  const like = report && likeReport(report);
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
    hotspots: number('hotspots', values.hotspots, 1, MORE_PORTS.length + 1),
    ...(values.crowd !== undefined && { crowd: number('crowd', values.crowd, 1, MOST_IN_CROWD) }),
    machine: readMachine(values),
    hasHotspotPackage: !values['no-hotspot-package'],
    ...(values.slow === undefined ? {} : { slow: { board: slowBoard(values.slow) } }),
    vocabulary: vocabulary(values.refusals),
    ...(report && { report, ...like }),
    habits: { ...like?.habits, ...readHabits(values.habit) },
    ...(values.discoverable && { neighborPort: NEIGHBOR_PORT }),
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
        crowd: { type: 'string' },
        hotspots: { type: 'string', default: '1' },
        chr: { type: 'boolean', default: false },
        'chr-free': { type: 'boolean', default: false },
        x86: { type: 'boolean', default: false },
        flash: { type: 'boolean', default: false },
        'no-hotspot-package': { type: 'boolean', default: false },
        slow: { type: 'string' },
        refusals: { type: 'string', default: 'page' },
        habit: { type: 'string', multiple: true, default: [] },
        like: { type: 'string' },
        discoverable: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // Node goes on with all that could have been meant.
    // eslint-disable-next-line no-restricted-syntax
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0] : String(error));
  }
}

const MACHINE_FLAGS = ['chr', 'chr-free', 'x86', 'flash'] as const;

function readMachine(values: Record<(typeof MACHINE_FLAGS)[number], boolean>): MachineKind {
  const [kind, other] = MACHINE_FLAGS.filter((flag) => values[flag]);
  if (other) throw new UsageError(`--${kind} and --${other} are two routers: choose one`);
  return kind ?? 'board';
}

function slowBoard(name: string): SlowBoardOptions['board'] {
  if (isSlowBoard(name)) return name;
  const known = Object.keys(SLOW_BOARDS).join(', ');
  throw new UsageError(`--slow: '${name}' is none of ${known}`);
}

function vocabulary(name: string): Vocabulary {
  const found = VOCABULARIES.find((known) => known === name);
  if (found) return found;
  throw new UsageError(`--refusals: '${name}' is none of ${VOCABULARIES.join(', ')}`);
}

function readHabits(given: readonly string[]): Settings['habits'] {
  return Object.fromEntries(
    given.map((text) => {
      const name = text.replace(/^no-/, '');
      if (!isHabit(name)) throw new UsageError(`--habit: '${name}' is none; --help tells them`);
      return [name, name === text];
    }),
  );
}

function readLike(file: string): ReportedRouter {
  try {
    const report = readReport(readFileSync(file, 'utf8'));
    checkVersion(likeReport(report).version);
    return report;
  } catch (error) {
    throw new UsageError(`--like ${file}: ${(error as Error).message}`);
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
  if (settings.report) makeLike(simulator, settings.report);
  // A second signal ends the process at once.
  const commands = isInFront() ? listen(simulator) : undefined;
  const stop = () => {
    commands?.close();
    void simulator.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const devices = populate(simulator, settings.devices);
  const where = `${settings.host}:${simulator.port}`;
  const { version } = simulator;
  console.log(`RouterOS ${version} (${kindWords(settings)}) speaks the API on ${where}`);
  console.log(`Log in as '${settings.username}' with password '${settings.password}'`);
  if (devices.length > 0) console.log(`${devices.length} devices on the hotspot:`);
  for (const { mac, address, hostName } of devices.slice(0, 20)) {
    console.log(`  ${mac}  ${address.padEnd(15)}  ${hostName}`);
  }
  if (devices.length > 20) console.log(`  and ${devices.length - 20} more`);
  if (process.stdin.isTTY && commands) console.log('Type reboot and Enter to restart the router.');
}

function kindWords({ machine, hasHotspotPackage, hotspots, crowd, slow }: Settings): string {
  const words = ['simulated'];
  if (hotspots > 1) words.push(`${hotspots} hotspots`);
  if (crowd !== undefined) words.push(`a crowd of ${crowd}`);
  if (machine !== 'board') words.push(machine);
  if (slow) words.push('slow');
  if (!hasHotspotPackage) words.push('without the hotspot package');
  return words.join(', ');
}

/** Takes what is typed, until the input ends or the router is stopped. */
function listen(simulator: Simulator): { close(): void } {
  const commands = createInterface({ input: process.stdin, terminal: false });
  commands.on('line', (line) => {
    const word = line.trim().toLowerCase();
    if (word === 'reboot') {
      simulator.reboot({ bootMs: BOOT_MS });
      console.log(`The router restarts: back in ${bootText()}, with nobody logged in.`);
    } else if (word !== '') console.log('There is one command: reboot');
  });
  return {
    close: () => {
      commands.close();
      process.stdin.destroy(); // an open pipe would keep the process
    },
  };
}

/** The system stops a background job that reads from its terminal. */
function isInFront(): boolean {
  if (!process.stdin.isTTY) return true;
  try {
    const [, , group, , , inFront] = readFileSync('/proc/self/stat', 'utf8')
      .split(') ')[1]!
      .split(' ');
    return group === inFront;
  } catch {
    return true; // no Linux
  }
}

function start(settings: Settings): void {
  run(settings).catch((error: NodeJS.ErrnoException) => {
    const taken = `port ${settings.port} is already in use; choose another with --port`;
    fail(`simulator: ${error.code === 'EADDRINUSE' ? taken : error.message}`, 1);
  });
}

function fail(message: string, code: number): void {
  console.error(message);
  process.exitCode = code;
}

try {
  const settings = readSettings(process.argv.slice(2));
  if (settings) start(settings);
  else console.log(HELP);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  fail(`simulator: ${error.message} (${USAGE})`, 2);
}
