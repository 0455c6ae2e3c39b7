import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/clock';
import { DEFAULT_LIMITS } from '../../src/routeros/api/connection';
import { Simulator, type SimulatedDevice } from '../../src/simulator/simulator';
import { PASSWORD } from '../support/admin-shop';
import { runs } from '../support/program/run-counts';
import { ShopServer, type Answer } from '../support/program/shop-server';
import { TestApp } from '../support/test-app';

/** One phone without a voucher asks for pages as fast as it can, while the shop goes on. */

const POLL_MS = 1_000;
const PARALLEL = runs(500, 120);
const FLOOD_MS = 1_500;

/** Asks from a thread of its own, so that what is measured is the shop and not the one who asks. */
const FLOOD = `
const { workerData, parentPort } = require('node:worker_threads');
const { request } = require('node:http');
const { port, path, method, localAddress, parallel } = workerData;
const headers = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
const answers = {};
const open = new Set();
let going = true;
function ask() {
  const sent = request({ host: '127.0.0.1', port, path, method, localAddress, agent: false, headers }, (response) => {
    answers[response.statusCode] = (answers[response.statusCode] ?? 0) + 1;
    response.resume();
  });
  open.add(sent);
  sent.on('error', () => undefined);
  sent.on('close', () => {
    open.delete(sent);
    if (going) setTimeout(ask, 500).unref();
  });
  sent.end(method === 'POST' ? 'code=WRNGWRNG' : undefined);
}
for (let n = 0; n < parallel; n += 1) ask();
parentPort.once('message', () => {
  going = false;
  for (const sent of open) sent.destroy();
  parentPort.postMessage(answers);
});
`;

let server: ShopServer | undefined;
let simulator: Simulator | undefined;
let stop = new AbortController();
let loop: Promise<void> | undefined;

afterEach(async () => {
  stop.abort();
  await loop;
  await server?.close();
  await simulator?.stop();
});

/** @returns how many answers there were of each status */
async function flooded(
  how: { address: string; path: string; method: string },
  meanwhile: () => Promise<void>,
): Promise<Record<string, number>> {
  const { address: localAddress, ...request } = how;
  const port = Number(new URL(server!.origin).port);
  const worker = new Worker(FLOOD, {
    eval: true,
    workerData: { ...request, port, localAddress, parallel: PARALLEL },
  });
  try {
    await meanwhile();
    const answered = once(worker, 'message');
    worker.postMessage('enough');
    const [answers] = (await answered) as [Record<string, number>];
    return answers;
  } finally {
    await worker.terminate();
  }
}

/** A shop whose loop runs, beside a router that takes its time for each command. */
async function openShop(commandMs: number): Promise<{ shop: TestApp; rounds: number[] }> {
  simulator = await Simulator.start();
  const shop = await TestApp.beside(simulator, systemClock, {
    env: { POLL_SECONDS: String(POLL_MS / 1000) },
    limits: DEFAULT_LIMITS,
    pageQuestionMs: 1_000,
  });
  server = await ShopServer.of(shop);
  simulator.faults.commandMs = commandMs;
  const rounds: number[] = [];
  shop.controller.status.onReconciled(() => rounds.push(performance.now()));
  stop = new AbortController();
  loop = shop.loop.run(stop.signal);
  while (rounds.length < 2) await pause(20);
  return { shop, rounds };
}

test.each([
  { commandMs: 5, method: 'GET', path: '/portal' },
  { commandMs: 50, method: 'GET', path: '/portal/status' },
  { commandMs: 5, method: 'POST', path: '/portal/redeem' },
  { commandMs: 5, method: 'GET', path: '/readyz' },
  { commandMs: 5, method: 'GET', path: '/admin/sign-in' },
])(
  'a flood of $method $path at $commandMs ms a command leaves the loop and the customers their router',
  async ({ commandMs, method, path }) => {
    const { shop, rounds } = await openShop(commandMs);
    const codes = [await shop.code(), await shop.code()];
    const customers = codes.map((code, n) => ({ code, phone: server!.phone(30 + n) }));
    const { address } = server!.phone(66);
    simulator!.log.clear();
    const began = performance.now();
    let statuses: number[] = [];
    const answers = await flooded({ address, path, method }, async () => {
      await pause(300);
      const paying = customers.map(({ code, phone }) => server!.redeem(phone, code));
      statuses = (await Promise.all(paying)).map(({ status }) => status);
      while (performance.now() - began < FLOOD_MS || rounds.at(-1)! < began) await pause(50);
    });
    const seconds = (performance.now() - began) / 1000;
    const asked = simulator!.log.commands.filter(
      ({ menu, words }) =>
        menu === '/ip/hotspot/host' && words.some((word) => word.startsWith('?')),
    ).length;
    expect(statuses).toEqual([303, 303]);
    expect(customers.every(({ phone }) => phone.online)).toBe(true);
    // In words, whatever it is: nothing of ours broke.
    expect(answers).not.toHaveProperty('500');
    expect(answers).toHaveProperty('429');
    // One for each customer, one a second for pages, and the few forms that a phone may send.
    const forms = method === 'POST' ? 30 + 3 * seconds : 0;
    expect(asked).toBeLessThan(customers.length + seconds + 5 + forms);
  },
  60_000,
);

describe('how much one address may ask', () => {
  beforeEach(async () => {
    server = await ShopServer.start();
  });

  const times = (count: number, ask: () => Promise<{ status: number }>) =>
    Promise.all(Array.from({ length: count }, ask));
  const refused = (answers: { status: number }[]) =>
    answers.filter(({ status }) => status === 429).length;

  /**
   * Asks for more than an address may; on a slow computer the requests can fall into two spans of three seconds.
   * @returns the answer to a phone that asks on, in Filipino
   */
  async function flood(path: string, phone: SimulatedDevice): Promise<Answer> {
    const fil = { headers: { 'accept-language': 'fil' } };
    for (let tries = 0; tries < 5; tries += 1) {
      const begun = performance.now();
      const served = 200 - refused(await times(200, () => server!.ask(path, phone)));
      const spans = Math.floor((performance.now() - begun) / 3_000) + 2;
      expect(served).toBeLessThanOrEqual(120 * spans);
      const last = await server!.ask('/portal', phone, fil);
      if (last.status === 429) return last;
    }
    throw new Error('nothing was refused');
  }

  test('a phone that joins, and thirty behind one repeater, never notice', async () => {
    const phone = server!.phone(21);
    const paths = ['/portal', '/portal/status', '/captive-portal/api', '/portal/status.json'];
    const visits = await Promise.all(
      paths.map((path) => times(30, () => server!.ask(path, phone))),
    );
    expect(refused(visits.flat())).toBe(0);
  });

  test('too much is refused in words, with the time to wait, and to this address only', async () => {
    const phone = server!.phone(21);
    const last = await flood('/portal', phone);
    expect(Number(last.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(last.text).toMatch(/^Masyadong mabilis .* segundo/);
    const asJson = await server!.ask('/portal/status.json', phone, { accept: 'application/json' });
    expect(JSON.parse(asJson.text)).toMatchObject({ ok: false });
    expect((await server!.ask('/portal', server!.phone(22))).status).toBe(200);
  });

  test('forms are counted by themselves, since each asks the router', async () => {
    const phone = server!.phone(21);
    const answers = await times(60, () => server!.ask('/portal/pause', phone, { form: {} }));
    expect(refused(answers)).toBe(30);
    expect((await server!.ask('/portal', phone)).status).toBe(200);
  });

  test.each(['/healthz', '/admin', '/no-such-page'])(
    'too much of %s is refused, and of pages that follow',
    async (path) => {
      const phone = server!.phone(21);
      await flood(path, phone);
      expect((await server!.ask(path, server!.phone(22))).status).not.toBe(429);
    },
  );

  test.each(['/portal', '/readyz'])(
    'this computer itself is not counted, whatever it asks for: %s',
    async (path) => {
      const answers = await times(300, () => server!.ask(path, { address: '127.0.0.1' }));
      expect(refused(answers)).toBe(0);
    },
  );

  test('staff may have many pages that stay open, and do many things at once', async () => {
    const { accounts } = server!.shop.app.services;
    await accounts.add({ name: 'maria', role: 'owner', password: PASSWORD }, 'test');
    const office = { address: '127.0.0.40' };
    const door = await server!.ask('/admin/sign-in', office);
    const _csrf = /name="csrf-token" content="([^"]+)"/.exec(door.text)![1]!;
    const form = { name: 'maria', password: PASSWORD, _csrf };
    const inside = await server!.ask('/admin/sign-in', office, { form, headers: cookieOf(door) });
    const headers = cookieOf(inside);
    const streams = await Promise.all(
      Array.from({ length: 6 }, () => stream('/admin/bandwidth/live-stream', office, headers)),
    );
    const page = await server!.ask('/admin/account', office, { headers });
    expect(page.status).toBe(200);
    const token = /name="csrf-token" content="([^"]+)"/.exec(page.text)![1]!;
    const answers = await times(60, () =>
      server!.ask('/admin/api/remove-bandwidth', office, {
        form: { mac: '02:00:00:00:01:99' },
        headers: { ...headers, 'x-csrf-token': token },
      }),
    );
    expect(refused(answers)).toBe(0);
    expect(streams.map((one) => one.statusCode)).toEqual(streams.map(() => 200));
    for (const one of streams) one.destroy();
  });

  const cookieOf = ({ headers }: Answer) => ({
    cookie: [headers['set-cookie'] ?? []]
      .flat()
      .map((one) => one.split(';')[0]!)
      .find((one) => one.startsWith('pisonet.sid='))!,
  });

  /** Begins to read what has no end. */
  async function stream(
    path: string,
    from: { address: string },
    headers: Record<string, string>,
  ): Promise<IncomingMessage> {
    const sent = get(server!.origin + path, { localAddress: from.address, headers });
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  }
});

test('a stranger who asks for the start page costs the books one question', async () => {
  server = await ShopServer.start();
  const phone = server.phone(21);
  await server.ask('/portal', phone);
  const asked: string[] = [];
  server.shop.app.db.on('query', ({ sql }: { sql: string }) => asked.push(sql));
  expect((await server.ask('/portal', phone)).status).toBe(200);
  expect(asked).toHaveLength(1);
});

test('a page that is told from the last round shows a stranger at the same address no code', async () => {
  server = await ShopServer.start({ pageQuestionMs: 1_000 });
  const { shop } = server;
  const phone = server.phone(21);
  const code = await shop.code();
  expect((await server.redeem(phone, code)).status).toBe(303);
  expect((await server.ask('/portal/status', phone)).text).toContain(code);
  await shop.reconcile();
  shop.clock.advance(1_500);
  // Somebody else's page: the router is not asked again for a second.
  await server.ask('/portal/status', server.phone(22));
  const page = await server.ask('/portal/status', phone);
  expect(page.text).toContain('P5');
  expect(page.text).not.toContain(code);
  const { text } = await server.ask('/portal/status.json', phone);
  expect(JSON.parse(text)).toMatchObject({ state: 'online', code: null, vouchers: [] });
  shop.clock.advance(1_000);
  expect((await server.ask('/portal/status', phone)).text).toContain(code);
});
