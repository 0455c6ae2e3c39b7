import express from 'express';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once, type EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RecentLog, createLog } from '../../src/log';
import { ThroughputSeries } from '../../src/services/devices/throughput';
import { LiveStreams } from '../../src/web/http/live-streams';
import { AdminShop, PASSWORD, type Staff } from '../support/admin-shop';
import { temporaryFolder } from '../support/temporary-folder';
import { TestApp } from '../support/test-app';

/** Pages that are kept up to date: what is pushed, to whom, and when it stops. */

/** Signing in costs a processor what it should. */
jest.setTimeout(20_000);

let open: AdminShop;

afterEach(async () => {
  jest.restoreAllMocks();
  await open?.close();
});

/** How often the stream is looked at, after time has passed, until something came. */
const MOST_LOOKS = 100;

/** Server-sent events as they come in. */
class Listener {
  private text = '';
  readonly done: Promise<void>;

  private constructor(
    readonly answer: Response,
    private readonly leaving: AbortController,
  ) {
    this.done = this.read();
  }

  static async of(staff: Staff, path: string): Promise<Listener> {
    const headers = { cookie: staff.cookie, accept: 'text/event-stream' };
    const leaving = new AbortController();
    const { signal } = leaving;
    const answer = await fetch(open.address + path, { headers, redirect: 'manual', signal });
    return new Listener(answer, leaving);
  }

  /** The browser's tab is closed. */
  async leave(): Promise<void> {
    this.leaving.abort();
    await this.done;
  }

  /** What came under this name so far, parsed. */
  events<T>(name: string): T[] {
    return this.text
      .split('\n\n')
      .filter((one) => one.includes(`event:${name}\n`) && one.includes('data:'))
      .map((one) => JSON.parse(/^data:(.*)$/m.exec(one)![1]!) as T);
  }

  /** Time passes until that many came. */
  /** Time goes on once the router was read: a second of it is all that a reading may take. */
  async until(name: string, count: number): Promise<void> {
    while (this.events(name).length < count) {
      const { length } = this.text;
      open.shop.clock.advance(3_000);
      for (let n = 0; n < MOST_LOOKS && this.text.length === length; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Time passes until the server has ended it. */
  async over(): Promise<void> {
    let isOver = false;
    void this.done.then(() => (isOver = true));
    while (!isOver) {
      open.shop.clock.advance(3_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What comes first under this name, without any time passing. */
  async first<T>(name: string): Promise<T> {
    while (this.events(name).length === 0) await new Promise(setImmediate);
    return this.events<T>(name)[0]!;
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const part of this.answer.body as unknown as AsyncIterable<Uint8Array>) {
        this.text += decoder.decode(part, { stream: true });
      }
    } catch {
      // The server hung up, which is an end too.
    }
  }
}

test('the dashboard is pushed: who is online, the line to the internet, and the chart', async () => {
  open = await AdminShop.open({ env: { MIKROTIK_WAN_INTERFACE: 'ether1' } });
  const viewer = await open.signedIn('viewer');
  const live = await Listener.of(viewer, '/admin/live-stream');
  expect(live.answer.headers.get('content-type')).toContain('text/event-stream');
  const { phone } = await open.shop.online();
  phone.offer({ up: 200_000, down: 1_500_000 });
  await live.until('chart', 4);
  const last = (name: string) => live.events<string>(name).at(-1)!.replaceAll('\u00a0', ' ');
  expect(last('view')).toMatch(/All good: router up .*, internet line fine, 1 online/);
  expect(last('online')).toMatch(/<b>02:00:[^]*↓ 1.5M <small>↑ 200K</);
  expect(last('online')).toContain('The internet line: ↑ 200K ↓ 1.5M');
  const chart = live.events<{ points: number[][] }>('chart').at(-1)!;
  expect([chart.points[1]!.at(-1), chart.points[2]!.at(-1)]).toEqual([1_500_000, 200_000]);
});

interface Chart {
  points: [number[], (number | null)[], (number | null)[]];
}

/** What the chart shows somebody who opens the page now. */
async function chartNow(staff: Staff): Promise<Chart['points']> {
  open.shop.clock.advance(3_000);
  const live = await Listener.of(staff, '/admin/live-stream');
  const { points } = await live.first<Chart>('chart');
  await live.leave();
  return points;
}

test('the chart has a point of every round, whether somebody looks or not, and does not grow for ever', async () => {
  const counted = jest.spyOn(ThroughputSeries.prototype, 'counted');
  open = await AdminShop.open();
  const viewer = await open.signedIn('viewer');
  const { shop } = open;
  const { phone } = await shop.online();
  await shop.reconcile();
  for (const megabytes of [1, 2, 0]) {
    if (megabytes > 0) phone.download(`${megabytes}M`);
    shop.clock.advance(10_000);
    await shop.reconcile();
  }
  const [times, down, up] = await chartNow(viewer);
  expect(down.slice(-4, -1)).toEqual([800_000, 1_600_000, 0]);
  expect(up.slice(-4, -1)).toEqual([0, 0, 0]);
  expect(times.at(-2)! - times.at(-4)!).toBe(20);
  // Hours of rounds, as far as the chart learns of them.
  const series = counted.mock.contexts[0] as ThroughputSeries;
  for (let pass = 0; pass < 1_300; pass += 1) {
    shop.clock.advance(10_000);
    series.counted({ up: 0, down: 0 });
  }
  expect(series.points()).toHaveLength(1_200);
  expect((await chartNow(viewer))[0].length).toBeLessThanOrEqual(1_200);
});

test('where nobody looked at the router the chart’s line is broken', async () => {
  open = await AdminShop.open();
  const viewer = await open.signedIn('viewer');
  const { shop } = open;
  const { phone } = await shop.online();
  phone.offer({ up: 200_000, down: 1_500_000 });
  await chartNow(viewer);
  shop.clock.advance(3 * 3_600_000);
  const [times, down, up] = await chartNow(viewer);
  const first = down.indexOf(1_500_000);
  expect(down.slice(first)).toEqual([1_500_000, null, 0]); // the voucher is over
  expect(up.slice(first)).toEqual([200_000, null, 0]);
  expect(times.at(-1)! - times.at(-3)!).toBeGreaterThanOrEqual(3 * 3_600);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
});

test('after a start the chart shows what the books know of the hours before', async () => {
  const database = join(temporaryFolder(), 'books.db');
  open = await AdminShop.open({ database });
  const { shop } = open;
  const { phone } = await shop.online();
  await shop.reconcile();
  for (let pass = 0; pass < 90; pass += 1) {
    phone.download('1M');
    shop.clock.advance(10_000);
    await shop.reconcile();
  }
  const again = await TestApp.beside(shop.simulator, shop.clock, { database });
  try {
    const points = await again.app.services.live.throughput();
    // The first five minutes had one round less.
    expect(points.map(({ rate }) => rate?.down)).toEqual([773_333, 800_000, 800_000]);
    expect(points[0]!.at).toEqual(new Date('2026-11-21T08:02:30Z'));
    shop.clock.advance(3_600_000); // nobody looked
    const later = await TestApp.beside(shop.simulator, shop.clock, { database });
    await later.reconcile();
    const rates = (await later.app.services.live.throughput()).map(({ rate }) => rate?.down);
    expect(rates.slice(1, 5)).toEqual([800_000, 800_000, expect.any(Number), undefined]);
    await later.close();
  } finally {
    await again.close();
  }
});

test('the dashboard tells everybody on the staff what the loop did last, and goes on telling', async () => {
  open = await AdminShop.open();
  const viewer = await open.signedIn('viewer');
  const { shop } = open;
  const seen = async () => (await viewer.get('/admin')).text;
  expect(await seen()).toContain('The router is being checked for the first time.');
  await shop.online();
  await shop.online();
  await shop.reconcile();
  shop.clock.advance(12_000);
  expect(await seen()).toContain('Router checked 12 seconds ago.');
  shop.simulator.run(['/queue/simple/remove', `=numbers=${shop.simulator.queues()[0]!.name}`]);
  await shop.reconcile();
  const live = await Listener.of(viewer, '/admin/live-stream');
  await live.until('view', 3);
  await live.leave();
  const views = live.events<string>('view');
  const told = views.map((view) => Number(/checked (\d+) seconds? ago\.</.exec(view)![1]));
  expect(told[2]!).toBeGreaterThan(told[0]!);

  const before = shop.clock.now();
  await shop.reconcile();
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  shop.clock.advance(3 * 60_000);
  await shop.reconcile();
  const at = new Date(before.getTime() + 8 * 3_600_000).toISOString().slice(11, 16); // Manila
  expect(await seen()).toContain(`The router has not answered since ${at}.`);
  const owner = await open.signedIn('owner');
  expect((await owner.get('/admin')).text).toContain(`has not answered since ${at}.`);
});

test('the router is asked while somebody looks, and not afterwards', async () => {
  open = await AdminShop.open();
  const owner = await open.signedIn('owner');
  let ended = Promise.resolve<unknown>(undefined);
  const heard = (message: unknown) => {
    ended = once((message as { response: EventEmitter }).response, 'close');
  };
  subscribe('http.server.request.start', heard);
  const live = await Listener.of(owner, '/admin/bandwidth/live-stream');
  unsubscribe('http.server.request.start', heard);
  await live.until('view', 2);
  await live.leave();
  await ended;
  const asked = () => open.shop.app.routerSide!.client.sentences;
  const before = asked();
  for (let looks = 0; looks < 5; looks += 1) {
    open.shop.clock.advance(3_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(asked()).toBe(before);
});

test('whoever left before the stream began is not drawn for', async () => {
  open = await AdminShop.open();
  await open.signedIn('viewer');
  const { clock, log, services } = open.shop.app;
  const [me] = await services.accounts.list();
  const streams = new LiveStreams(services.accounts, clock, log);
  let drawn = 0;
  const draw = () => Promise.resolve({ view: (drawn += 1) });
  const app = express();
  const leaving = new AbortController();
  const left = new Promise<void>((resolve, reject) => {
    app.get('/before', (req, res) => {
      res.once('close', () => streams.open(req, res, me!, draw).then(resolve, reject));
      leaving.abort();
    });
  });
  const dropped = new Promise<void>((resolve, reject) => {
    app.get('/meanwhile', (req, res) => {
      streams.open(req, res, me!, draw).then(resolve, reject);
      req.socket.destroy();
    });
  });
  const listening = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  await fetch(`${origin}/before`, { signal: leaving.signal }).catch(() => undefined);
  await left;
  expect([streams.size, drawn]).toEqual([0, 0]);
  await fetch(`${origin}/meanwhile`).catch(() => undefined);
  await dropped;
  expect(streams.size).toBe(0);
  listening.close();
});

test('what other tabs put into the session while a stream was open is kept', async () => {
  open = await AdminShop.open();
  const owner = await open.signedIn('owner');
  const { db } = open.shop.app;
  const [row] = await db<{ sess: string }>('web_sessions');
  const sess = { ...(JSON.parse(row!.sess) as object), renewedAt: 0 }; // signed in long ago
  await db('web_sessions').update({ sess: JSON.stringify(sess) });
  const live = await Listener.of(owner, '/admin/live-stream');
  await live.until('view', 1);
  open.shop.clock.advance(8 * 60_000);
  await live.until('view', 2);
  await owner.post('/admin/account/second-step', { present: PASSWORD }); // good for ten minutes
  open.shop.clock.advance(8 * 60_000);
  await live.over();
  expect((await owner.get('/admin/account/second-step')).text).toContain('Key: <code>');
});

test('a stream ends with the session, with the role, and with the server', async () => {
  open = await AdminShop.open();
  const owner = await open.signedIn('owner');
  const viewer = await open.signedIn('viewer');
  const desk = await Listener.of(viewer, '/admin/live-stream');
  await viewer.post('/admin/sign-out');
  await desk.done; // at once, without the clock
  expect((await Listener.of(viewer, '/admin/live-stream')).answer.status).toBe(303);

  const other = await open.signedIn('viewer', 'vera');
  const watched = await Listener.of(other, '/admin/bandwidth/live-stream');
  await watched.until('view', 1);
  const { accounts } = open.shop.app.services;
  const { id } = (await accounts.list()).find(({ name }) => name === 'vera')!;
  await accounts.resetPassword(id, 'another password', 'test');
  await watched.over();

  const last = await Listener.of(owner, '/admin/live-stream');
  await open.close(); // does not wait for who looks on
  await last.done;
  open = await AdminShop.open();
});

test('the log’s page shows what the server said, by how bad it is, and no password', async () => {
  open = await AdminShop.open();
  const owner = await open.signedIn('owner');
  const { recentLog } = open.shop.app.services;
  const log = createLog('info', recentLog);
  log.info('the shop <b>opens</b>');
  log.warn({ router: '10.0.0.1', password: 'hunter2' }, 'the router is away');
  log.debug('nobody asked for this');
  log.error({ err: new Error('disk full') }, 'a page failed');
  const all = (await owner.get('/admin/log')).text;
  expect(all).toContain('the shop &lt;b&gt;opens&lt;/b&gt;');
  expect(all).toMatch(/a page failed: disk full[\s\S]*the router is away/);
  expect(all).not.toMatch(/hunter2|nobody asked/);
  const bad = (await owner.get('/admin/log?level=error')).text;
  expect(bad).toContain('a page failed');
  expect(bad).not.toContain('the router is away');
  expect((await (await open.signedIn('operator')).get('/admin/log')).status).toBe(403);
});

test('of the log only the last lines are kept', () => {
  const recent = new RecentLog();
  for (let n = 0; n < 5_000; n += 1) recent.write(JSON.stringify({ level: 30, time: n, msg: `line ${n}` })); // prettier-ignore
  const entries = recent.entries('info', 10_000);
  expect(entries[0]!.message).toBe('line 4999');
  expect(entries.length).toBeLessThanOrEqual(1_500);
});

test('the log’s page keeps what a console that is told to be quiet leaves out', () => {
  for (const level of ['error', 'silent']) {
    const recent = new RecentLog();
    const log = createLog(level, recent);
    log.info('the shop opens');
    log.debug('nobody asked for this');
    expect(recent.entries('trace', 9).map(({ message }) => message)).toEqual(['the shop opens']);
  }
});
