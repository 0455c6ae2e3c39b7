import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from '../../src/compose';
import { createServer } from '../../src/web/server';

const PASSWORD = 'big-shop-password';

const RUNS = 7;
const LINE_FEED = 10;

/** Milliseconds on the server and the wire: the first visit, and the best and the median of those after it. */
export interface PageTimes {
  page: string;
  status: number;
  first: number;
  best: number;
  middle: number;
}

/** A list that is read to its end. */
export interface ListTimes {
  rowsPerSecond: number;
  /** How much more memory than before was taken, at most. */
  growthMb: number;
}

/** @param paths below `/admin`, or of the portal */
export async function timePages(app: App, paths: readonly string[]): Promise<PageTimes[]> {
  return asOwner(app, async (address, cookie) => {
    const times: PageTimes[] = [];
    for (const path of paths) times.push(await timePage(address, path, cookie));
    return times;
  });
}

/** @param path of a CSV below `/admin` */
export async function timeList(app: App, path: string): Promise<ListTimes> {
  return asOwner(app, async (address, cookie) => {
    const before = process.memoryUsage.rss();
    let [most, rows] = [before, 0];
    const from = performance.now();
    const answer = await fetch(`${address}/admin${path}`, { headers: { cookie } });
    for await (const chunk of answer.body! as unknown as AsyncIterable<Uint8Array>) {
      rows += chunk.reduce((sum, byte) => sum + (byte === LINE_FEED ? 1 : 0), 0);
      most = Math.max(most, process.memoryUsage.rss());
    }
    const seconds = (performance.now() - from) / 1000;
    return {
      rowsPerSecond: Math.round(rows / seconds),
      growthMb: Math.round((most - before) / 1e6),
    };
  });
}

async function asOwner<T>(
  { config, clock, log, services }: App,
  work: (address: string, cookie: string) => Promise<T>,
): Promise<T> {
  if ((await services.accounts.list()).length === 0)
    await services.accounts.add({ name: 'big', role: 'owner', password: PASSWORD }, 'seed');
  const server = createHttpServer(createServer({ config, clock, log, services }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cookie = await signIn(address);
  try {
    return await work(address, cookie);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function timePage(address: string, path: string, cookie: string): Promise<PageTimes> {
  const page = /^\/(portal|captive-portal)/.test(path) ? path : `/admin${path}`;
  const times: number[] = [];
  let status = 0;
  for (let run = 0; run <= RUNS; run += 1) {
    const from = performance.now();
    const answer = await fetch(`${address}${page}`, { headers: { cookie } });
    await answer.text();
    if (answer.url.includes('/sign-in')) throw new Error(`${page} led to the door`);
    status = answer.status;
    times.push(performance.now() - from);
  }
  const [first, ...later] = times.map(Math.round) as [number, ...number[]];
  later.sort((a, b) => a - b);
  return { page, status, first, best: later[0]!, middle: later[RUNS >> 1]! };
}

async function signIn(address: string): Promise<string> {
  const door = await fetch(`${address}/admin/sign-in`);
  const token = /csrf-token" content="([^"]+)"/.exec(await door.text())![1]!;
  const answer = await fetch(`${address}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookieOf(door) },
    body: new URLSearchParams({ name: 'big', password: PASSWORD, _csrf: token }),
  });
  return cookieOf(answer);
}

/** The session's cookie; the other one only marks a known browser. */
function cookieOf(answer: Response): string {
  const session = answer.headers.getSetCookie().find((one) => one.startsWith('pisonet.sid='));
  if (!session) throw new Error('Nobody was let in');
  return session.split(';')[0]!;
}
