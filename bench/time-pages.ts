import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from '../src/compose';
import { createServer } from '../src/web/server';

const PASSWORD = 'big-shop-password';

const RUNS = 7;

/**
 * One line of JSON for each page of the admin, or of the portal, in milliseconds on the server and the wire:
 * the first visit, and the best and the median of those after it.
 */
export async function timePages(
  { config, clock, log, services }: App,
  paths: readonly string[],
): Promise<void> {
  await services.accounts.add({ name: 'big', role: 'owner', password: PASSWORD }, 'seed');
  const server = createHttpServer(createServer({ config, clock, log, services }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cookie = await signIn(address);
  for (const path of paths) {
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
    const line = { page, status, first, best: later[0], middle: later[RUNS >> 1] };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  server.closeAllConnections();
  server.close();
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
