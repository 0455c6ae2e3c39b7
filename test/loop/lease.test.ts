import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { Simulator } from '../../src/simulator/simulator';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** The server and a command beside it on one database: one of them is the controller at a time. */

let database: string;
let simulator: Simulator;
const apps: TestApp[] = [];

beforeEach(async () => {
  database = join(temporaryFolder(), 'books.db');
  simulator = await Simulator.start();
});

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await simulator.stop();
});

async function program(): Promise<TestApp> {
  const app = await TestApp.beside(simulator, systemClock, {
    database,
    env: { POLL_SECONDS: '3600' },
  });
  apps.push(app);
  return app;
}

test('while a server runs, another program asks it for a pass and gets its report', async () => {
  const server = await program();
  const command = await program();
  const stopping = new AbortController();
  const running = server.loop.run(stopping.signal);
  const { phone, code } = await server.online();

  await command.app.services.vouchers.revoke(code, 'test');
  const report = await command.controller.reconcileAnywhere();
  expect(report.errors).toBe(0);
  expect(phone.online).toBe(false);
  // Only the server has ever written there.
  const logins = simulator.log.commands.filter(({ command: name }) => name === 'login');
  expect(logins.filter(({ menu }) => menu === '/')).toHaveLength(1);

  stopping.abort();
  await running;
  const after = await command.controller.reconcileAnywhere();
  expect(after).toMatchObject({ errors: 0, writes: 0 });
});

test('of two programs that make passes at once only one is the controller', async () => {
  const one = await program();
  const two = await program();
  await one.reconcile();
  const report = await two.reconcile();
  expect(report.messages).toEqual(['Another process is the controller of this router']);
  expect(report.sentences).toBe(0);
});

test('many passes and changes from two programs at once meet no locked database', async () => {
  const one = await program();
  const two = await program();
  const codes = await Promise.all(Array.from({ length: 20 }, () => one.code()));
  const results = await Promise.allSettled([
    ...codes.map((code, n) => (n % 2 ? one : two).app.services.vouchers.revoke(code, 'test')),
    ...Array.from({ length: 6 }, (_, n) => (n % 2 ? one : two).controller.reconcileAnywhere()),
    ...Array.from({ length: 6 }, (_, n) => (n % 2 ? one : two).code()),
  ]);
  expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(await two.app.stores.vouchers.countByStatus()).toEqual({ revoked: 20, unused: 6 });
});

test('programs that meet an empty database at the same moment all start', async () => {
  const started = await Promise.allSettled([program(), program(), program(), program()]);
  expect(started.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(await apps[0]!.app.services.plans.list()).toHaveLength(1);
});
