import { PASSWORD } from '../../support/admin-shop';
import { ShopServer, type Answer } from '../../support/program/shop-server';

/** Who asks, and how, by the word of a proxy: of the one that the settings name, and of nobody else. */

const PROXY = { address: '127.0.0.9' };
const STRANGER = { address: '127.0.0.8' };
const BY_HTTPS = { 'x-forwarded-proto': 'https' };

let server: ShopServer;

async function start(env: Record<string, string>): Promise<void> {
  server = await ShopServer.start({ env });
  const owner = { name: 'maria', role: 'owner', password: PASSWORD };
  await server.shop.app.services.accounts.add(owner, 'test');
}

afterEach(() => server.close());

const cookieOf = ({ headers }: Answer) =>
  [headers['set-cookie'] ?? []].flat().find((one) => one.includes('pisonet.sid='))!;

async function signIn(
  from: { address: string },
  headers: Record<string, string>,
  password = PASSWORD,
): Promise<Answer> {
  const door = await server.ask('/admin/sign-in', from, { headers });
  const _csrf = /name="csrf-token" content="([^"]+)"/.exec(door.text)![1]!;
  const form = { name: 'maria', password, _csrf };
  const cookie = cookieOf(door).split(';')[0]!;
  return server.ask('/admin/sign-in', from, { form, headers: { ...headers, cookie } });
}

const forwarded = (address: string) => ({ 'x-forwarded-for': address });

/** Five wrong passwords for the owner's name, and the answer to the right one after them. */
async function afterFiveWrong(
  from: { address: string },
  guesser: Record<string, string>,
  owner: Record<string, string>,
): Promise<number> {
  for (let n = 0; n < 5; n += 1) await signIn(from, guesser, 'wrong password');
  return (await signIn(from, owner)).status;
}

describe('from the proxy that is named', () => {
  beforeEach(() => start({ TRUSTED_PROXY: '127.0.0.9, 127.0.0.16/30' }));

  test.each(['127.0.0.9', '127.0.0.18'])('%s: https is believed', async (address) => {
    const answer = await signIn({ address }, BY_HTTPS);
    expect(answer.status).toBe(303);
    expect(cookieOf(answer)).toMatch(/^__Host-pisonet\.sid=.*; Secure;/);
    const cookie = cookieOf(answer).split(';')[0]!;
    const page = await server.ask(
      '/admin/account',
      { address },
      { headers: { ...BY_HTTPS, cookie } },
    );
    expect(page.text).toContain(`https as far as the proxy at ${address}`);
    // The portal's other visitors come in plain HTTP still.
    expect(page.headers['strict-transport-security']).toBeUndefined();
  });

  test('plain HTTP is plain HTTP', async () => {
    const answer = await signIn(PROXY, { 'x-forwarded-proto': 'http' });
    expect(cookieOf(answer)).toMatch(/^pisonet\.sid=/);
    expect(cookieOf(answer)).not.toContain('Secure');
    const headers = { cookie: cookieOf(answer).split(';')[0]! };
    const page = await server.ask('/admin/account', PROXY, { headers });
    expect(page.text).toContain('Not encrypted');
    expect(page.text).toContain('where customers have their portal');
  });

  test('wrong passwords count for the address that the proxy names', async () => {
    const [guesser, owner] = [forwarded('10.5.50.7'), forwarded('10.5.50.8')];
    expect(await afterFiveWrong(PROXY, guesser, owner)).toBe(303);
    expect((await signIn(PROXY, guesser)).status).toBe(429);
    const audit = JSON.stringify(await server.shop.app.stores.journal.auditOf('maria'));
    expect(audit).toContain('10.5.50.7');
  });

  test('only what the proxy itself added counts, not what was sent to it', async () => {
    const guesser = (n: number) => forwarded(`10.9.9.${n}, 10.5.50.7`);
    for (let n = 0; n < 5; n += 1) await signIn(PROXY, guesser(n), 'wrong password');
    expect((await signIn(PROXY, guesser(9))).status).toBe(429);
  });

  test('customers are known by the address that the proxy names', async () => {
    const phone = server.phone(40);
    const code = await server.shop.code();
    const headers = forwarded(phone.address);
    const form = { code };
    const answer = await server.ask('/portal/redeem', PROXY, { headers, form });
    expect([answer.status, answer.location]).toEqual([303, '/portal/status']);
    const [active] = server.shop.simulator.active();
    expect(active).toMatchObject({ address: phone.address });
    // What is no address is nobody's.
    const nobody = await server.ask('/portal/redeem', PROXY, {
      ...{ headers: forwarded('nonsense'), form: { code: await server.shop.code() } },
    });
    expect(nobody.status).toBe(422);
  });

  test('anybody else is known by the connection alone', async () => {
    expect(cookieOf(await signIn(STRANGER, BY_HTTPS))).toMatch(/^pisonet\.sid=/);
    const [guesser, owner] = [forwarded('10.5.50.7'), forwarded('10.5.50.8')];
    expect(await afterFiveWrong(STRANGER, guesser, owner)).toBe(429);
  });
});

test('where none is named nobody is believed', async () => {
  await start({});
  expect(cookieOf(await signIn(PROXY, BY_HTTPS))).toMatch(/^pisonet\.sid=/);
  const [guesser, owner] = [forwarded('10.5.50.7'), forwarded('10.5.50.8')];
  expect(await afterFiveWrong(PROXY, guesser, owner)).toBe(429);
  const [victim, thief] = [server.phone(40), server.phone(41)];
  await server.redeem(victim, await server.shop.code());
  const status = await server.ask('/portal/status.json', thief, {
    headers: forwarded(victim.address),
  });
  expect(status.text).not.toContain(victim.mac);
  const code = await server.shop.code();
  await server.redeem(thief, code, { headers: forwarded(victim.address) });
  const active = server.shop.simulator.active().map(({ address }) => address);
  expect(active.toSorted()).toEqual([victim.address, thief.address]);
});
