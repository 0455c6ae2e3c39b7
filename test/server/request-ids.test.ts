import { RecentLog, createLog, type LogEntry } from '../../src/log';
import { ShopServer } from '../support/program/shop-server';

/** One id a request: on the page of a failure, in the answer, and in all that was logged on the way. */

let server: ShopServer;
let recent: RecentLog;

beforeEach(async () => {
  recent = new RecentLog();
  server = await ShopServer.start({ log: createLog('silent', recent) });
});
afterEach(() => server.close());

const failures = () => recent.entries('error', 10);
const requestOf = ({ detail }: LogEntry) => detail.request;

test('a customer can name the lines of the log that tell why their page failed', async () => {
  const phone = server.phone(21);
  await server.ask('/portal', phone);
  await server.shop.app.db.schema.renameTable('vouchers', 'away');
  const typed = await server.redeem(phone, 'ABCD-EFGH', {
    headers: { 'x-request-id': 'made-up', cookie: 'sid=the-secret' },
  });
  const staff = await server.ask('/admin/sign-in?next=%2Fadmin%2Fvouchers%2FSECRET', phone);
  await server.shop.app.db.schema.renameTable('away', 'vouchers');

  const id = typed.headers['x-request-id'];
  expect(typed.status).toBe(500);
  expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(typed.text).toContain(String(id));
  expect(failures().map(requestOf)).toEqual([id]);
  expect(staff.headers['x-request-id']).not.toBe(id);
  const logged = JSON.stringify(recent.entries('trace', 1_000));
  expect(logged).not.toMatch(/ABCD-?EFGH|made-up|the-secret|SECRET/);
});

test('what is logged deep in the work of a request carries its id, that of two at once never the other’s', async () => {
  const { app } = server.shop;
  const phones = [server.phone(31), server.phone(32)];
  const redemptions = app.services.redemptions;
  const redeem = redemptions.redeem.bind(redemptions);
  jest.spyOn(redemptions, 'redeem').mockImplementation(async (...asked) => {
    await new Promise((resolve) => setImmediate(resolve));
    app.log.warn('deep in the work');
    return redeem(...asked);
  });
  const answers = await Promise.all(phones.map((phone) => server.redeem(phone, 'WRONG-CODE')));
  const lines = recent.entries('warn', 10).filter(({ message }) => message === 'deep in the work');
  const ids = answers.map(({ headers }) => headers['x-request-id']);
  expect(new Set(ids).size).toBe(2);
  expect(new Set(lines.map(requestOf))).toEqual(new Set(ids));
  app.log.warn('outside of any request');
  expect(recent.entries('warn', 1)[0]!.detail).not.toHaveProperty('request');
});
