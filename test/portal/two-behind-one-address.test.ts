import type { SimulatedDevice } from '../../src/simulator/simulator';
import { formsOf, ShopServer } from '../support/program/shop-server';

/** An access point that hides its phones: to the router its customers are one device, with one address. */

let server: ShopServer;
let place: SimulatedDevice;
afterEach(() => server.close());

async function open(plan: Record<string, unknown> = {}): Promise<void> {
  server = await ShopServer.start({
    profiles: [{ name: 'P5', validity: '10h', data_cap: '1GB', ...plan }],
  });
  place = server.phone(21);
}

/** What the pages show, the JSON too. */
async function shown(): Promise<string> {
  const texts: string[] = [];
  for (const path of ['/portal', '/portal/status', '/portal/share', '/portal/status.json']) {
    texts.push((await server.ask(path, place)).text);
  }
  return texts.join('\n');
}

test('a browser that did not type the code sees its end alone', async () => {
  await open();
  const code = await server.shop.code();
  await server.redeem(place, code);
  expect(await shown()).toContain(code);
  server.forgetCookies(place); // the other customer
  const others = await shown();
  expect(others).not.toContain(code);
  expect(others).toContain(`•••••${code.slice(-3)}`);
  expect(others).toContain('"code":null');
});

test('two who both typed a code see each their own', async () => {
  await open();
  const [first, second] = [await server.shop.code(), await server.shop.code()];
  await server.redeem(place, first);
  server.forgetCookies(place);
  await server.redeem(place, second);
  const pages = await shown();
  expect(pages).toContain(second);
  expect(pages).not.toContain(first);
});

test('who lost the page types the code again, and sees it', async () => {
  await open();
  const code = await server.shop.code();
  await server.redeem(place, code);
  server.forgetCookies(place);
  expect((await server.redeem(place, code)).text).toContain('on this device already');
  expect(await shown()).toContain(code);
});

test('a mark that somebody made up shows nothing', async () => {
  await open();
  const code = await server.shop.code();
  await server.redeem(place, code);
  server.forgetCookies(place);
  const cookie = `pisonet_codes=${'A'.repeat(16)}.${code}`;
  const { text } = await server.ask('/portal/status', place, { headers: { cookie } });
  expect(text).not.toContain(code);
});

test('nobody else passes the time on, nor reads the code that it went to', async () => {
  await open({ shareable: 'yes' });
  const code = await server.shop.code();
  await server.redeem(place, code);
  server.forgetCookies(place);
  const form = { unit: 'seconds', amount: '120', key: '00000000-0000-4000-8000-000000000000' };
  for (const path of ['/portal/share/confirm', '/portal/share']) {
    expect((await server.ask(path, place, { form })).text).toContain('first type your voucher');
  }
  expect((await server.shop.voucher(code)).terms.validitySeconds).toBe(36_000);

  await server.redeem(place, code); // again, by its owner
  const sure = await server.ask('/portal/share/confirm', place, { form });
  const { fields } = formsOf(sure.text).find(({ action }) => action.startsWith('/portal/share'))!;
  expect((await server.ask('/portal/share', place, { form: fields })).status).toBe(303);
  const parts = await server.shop.app.services.sharing.unused({ mac: place.mac });
  expect(parts).toHaveLength(1);
  expect(await shown()).toContain(parts[0]!.code);
  server.forgetCookies(place);
  expect(await shown()).not.toContain(parts[0]!.code);
  await server.redeem(place, code); // its owner in another browser
  expect((await server.ask('/portal/status', place)).text).toContain(parts[0]!.code);
});

test('both devices of a voucher are told that they share it', async () => {
  await open({ users: '2' });
  const code = await server.shop.code();
  const second = server.phone(22);
  await server.redeem(place, code);
  const told = async (phone: SimulatedDevice) => {
    return /(\d) other devices? uses? this voucher/.exec(
      (await server.ask('/portal/status', phone)).text,
    )?.[1];
  };
  expect(await told(place)).toBeUndefined();
  await server.redeem(second, code);
  expect([await told(place), await told(second)]).toEqual(['1', '1']);
});
