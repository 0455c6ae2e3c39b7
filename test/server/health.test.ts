import { ShopServer } from '../support/program/shop-server';

/** What watches over the server asks whether it lives, and whether it can work. */

let server: ShopServer;

afterEach(() => server.close());

async function ask(path: string) {
  const { status, headers, text } = await server.ask(path, { address: '127.0.0.1' });
  expect(headers['content-type']).toContain('application/json');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['set-cookie']).toBeUndefined();
  return { status, said: JSON.parse(text) as unknown };
}

const service = 'pisonet-manager';

test('a server that lives says who it is, whatever became of its books', async () => {
  server = await ShopServer.start();
  const ok = { status: 200, said: { service, status: 'ok', pid: process.pid } };
  expect(await ask('/healthz')).toEqual(ok);
  await server.shop.app.db.schema.renameTable('plans', 'away');
  await server.shop.app.db.schema.renameTable('shop_settings', 'settings_away');
  expect(await ask('/healthz')).toEqual(ok);
  expect(await ask('/readyz')).toMatchObject({
    status: 503,
    said: { status: 'not ready', books: 'not readable' },
  });
});

test('a router that is away is told, and no reason to start the server anew', async () => {
  server = await ShopServer.start();
  const { shop } = server;
  await shop.reconcile();
  const books = 'readable';
  const ready = (router: string) => ({
    status: 200,
    said: { service, status: 'ready', books, router },
  });
  expect(await ask('/readyz')).toEqual(ready('answers'));
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  await shop.reconcile();
  expect(await ask('/readyz')).toEqual(ready('away'));
});

test('a shop without a router yet is ready too', async () => {
  server = await ShopServer.start({ env: { MIKROTIK_HOST: '' } });
  expect(await ask('/readyz')).toMatchObject({ status: 200, said: { router: 'not set up' } });
});

test('books that do not answer are not waited for', async () => {
  server = await ShopServer.start();
  const { clock, app } = server.shop;
  let holding = Promise.resolve();
  const release = await new Promise<() => void>((begun) => {
    holding = app.stores.transaction(() => new Promise<void>((resolve) => begun(resolve)));
  });
  const answer = await clock.passingFor(ask('/readyz'));
  release();
  await holding;
  expect(answer).toMatchObject({ status: 503, said: { books: 'not readable' } });
});
