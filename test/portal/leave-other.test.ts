import type { SimulatedDevice } from '../../src/simulator/simulator';
import { formsOf, ShopServer, type Answer } from '../support/program/shop-server';

/** A phone that is online as another program's user, whose owner bought a code here. */

let server: ShopServer;
afterEach(() => server.close());

const run = (...words: string[]) => server.shop.simulator.run(words);
const idOf = (menu: string) => server.shop.simulator.rows(menu)[0]!['.id'];
const usersOnline = () => server.shop.simulator.active().map(({ user }) => user);
const button = ({ text }: Answer) => formsOf(text).find(({ fields }) => fields.leave === 'yes');

/** Logged in at the router's own page, with a slip of another program. */
async function open(words: string[] = []): Promise<SimulatedDevice> {
  server = await ShopServer.start();
  await server.shop.reconcile();
  run('/ip/hotspot/user/add', '=name=slip', '=password=slip', '=comment=vc-417', ...words);
  const phone = server.phone(21);
  expect(phone.typeAtRouter('slip').isIn).toBe(true);
  return phone;
}

test('is told so, and one button leaves that and uses the code', async () => {
  const phone = await open();
  const code = await server.shop.code();
  const told = await server.redeem(phone, code);
  expect(told.status).toBe(422);
  expect(told.text).toContain('with another voucher or login');
  expect(told.text).not.toContain('without a voucher');
  expect(await server.shop.voucher(code)).toMatchObject({ status: 'unused' });
  expect(usersOnline()).toEqual(['slip']);

  const { action, fields } = button(told)!;
  const answer = await server.ask(action, phone, { form: fields });
  expect(answer).toMatchObject({ status: 303, location: '/portal/status' });
  expect(usersOnline()).toEqual([code]);
  expect(phone.online).toBe(true);
  expect((await server.ask('/portal/status', phone)).text).toContain(code);
  // The slip is untouched, and for another time.
  expect(server.shop.simulator.users().map(({ name }) => name)).toContain('slip');
  const [entry] = await server.shop.app
    .db('audit')
    .where({ what: 'logged out', subject: phone.mac })
    .select('detail');
  expect(JSON.stringify(entry)).toContain('slip');
  expect(await server.shop.reconcile()).toMatchObject({ errors: 0, writes: 0 });
  expect(usersOnline()).toEqual([code]);
});

test('the other one does not come back by its cookie', async () => {
  server = await ShopServer.start();
  await server.shop.reconcile();
  run(
    '/ip/hotspot/profile/set',
    `=numbers=${idOf('/ip/hotspot/profile')}`,
    '=login-by=cookie,http-chap,mac-cookie',
  );
  run('/ip/hotspot/user/add', '=name=slip', '=password=slip');
  run(
    '/ip/hotspot/user/profile/set',
    `=numbers=${idOf('/ip/hotspot/user/profile')}`,
    '=add-mac-cookie=yes',
  );
  const phone = server.phone(21);
  phone.typeAtRouter('slip');
  const code = await server.shop.code();
  await server.redeem(phone, code, { form: { leave: 'yes' } });
  expect(usersOnline()).toEqual([code]);
  const cookies = server.shop.simulator.rows('/ip/hotspot/cookie').map(({ user }) => user);
  expect(cookies).not.toContain('slip');
});

test('a code that cannot be used ends nothing', async () => {
  const phone = await open();
  const answer = await server.redeem(phone, 'WR0NGC0D', { form: { leave: 'yes' } });
  expect(answer.status).toBe(422);
  expect(usersOnline()).toEqual(['slip']);
});

test('programs are told that it can be left', async () => {
  const phone = await open();
  const code = await server.shop.code();
  const told = await server.redeem(phone, code, { accept: 'application/json' });
  expect(JSON.parse(told.text)).toMatchObject({ ok: false, canLeave: true });
});

test('other phones of that program stay', async () => {
  const phone = await open(['=profile=default']);
  run('/ip/hotspot/user/add', '=name=slip2', '=password=slip2');
  server.phone(22).typeAtRouter('slip2');
  const code = await server.shop.code();
  await server.redeem(phone, code, { form: { leave: 'yes' } });
  expect(usersOnline().sort()).toEqual([code, 'slip2'].sort());
});

test('who is let through by an ip-binding needs no code, and gets no button', async () => {
  server = await ShopServer.start();
  await server.shop.reconcile();
  const phone = server.phone(21);
  run('/ip/hotspot/ip-binding/add', `=mac-address=${phone.mac}`, '=type=bypassed');
  const code = await server.shop.code();
  for (const form of [{}, { leave: 'yes' }]) {
    const told = await server.redeem(phone, code, { form });
    expect(told.text).toContain('without a voucher');
    expect(button(told)).toBeUndefined();
  }
  expect(await server.shop.voucher(code)).toMatchObject({ status: 'unused' });
});

test('without the button nobody is logged out, whatever else is typed', async () => {
  const phone = await open();
  await server.redeem(phone, await server.shop.code(), { form: { leave: 'no' } });
  expect(usersOnline()).toEqual(['slip']);
});

test('nobody is logged out for a code that somebody else keeps from being tried', async () => {
  const phone = await open();
  const code = await server.shop.code();
  run('/ip/hotspot/user/add', `=name=${code}`, '=password=x', '=comment=vc-418');
  const answer = await server.redeem(phone, code, { form: { leave: 'yes' } });
  expect(answer.status).toBe(422);
  expect(usersOnline()).toEqual(['slip']);
  expect(phone.online).toBe(true);
  expect(await server.shop.voucher(code)).toMatchObject({ status: 'unused' });
});
