import { createHash } from 'node:crypto';
import { Conflict } from '../../src/errors';
import { CliShop } from '../support/program/cli-shop';
import { TestApp } from '../support/test-app';

jest.setTimeout(30_000);

let shop: CliShop;
beforeEach(() => {
  shop = CliShop.open();
});
afterEach(() => shop.close());

test('a token is shown once, listed without itself, and revoked once', async () => {
  const made = await shop.run('tokens add cashbox --scope sell --json');
  expect(made.code).toBe(0);
  const { id, token } = JSON.parse(made.out) as { id: number; token: string };
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  const listed = await shop.run('tokens list --json');
  expect(listed.out).not.toContain(token);
  expect(JSON.parse(listed.out)).toMatchObject([
    { id, name: 'cashbox', prefix: token.slice(0, 6), scope: 'sell', revokedAt: null },
  ]);

  expect((await shop.run(`tokens revoke ${id}`)).code).toBe(0);
  const again = await shop.run(`tokens revoke ${id}`);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('already') });
  await shop.look(async ({ db }) => {
    const [row] = await db('api_tokens').select<{ token_hash: string; revoked_at: string }[]>();
    expect(row!.token_hash).toBe(createHash('sha256').update(token).digest('hex'));
    expect(row!.revoked_at).not.toBeNull();
    const audit = await db('audit').select<{ what: string }[]>();
    expect(audit.map(({ what }) => what)).toEqual(['token added', 'token revoked']);
    expect(JSON.stringify(audit)).not.toContain(token);
  });
});

test('a token of a site is listed with it, and is of no site once that is gone', async () => {
  await shop.look(({ services }) => services.sites.add('Town', 'test'));
  const made = await shop.run('tokens add till --scope sell --site town');
  expect(made.out).toContain('its scope is sell at Town');
  expect((await shop.run('tokens list')).out).toContain('sell at Town');
  await shop.look(({ services }) => services.sites.remove('Town', 'test'));
  expect((await shop.run('tokens list')).out).toContain('sell at no site');
  const wrong = await shop.run('tokens add kiosk --scope sell --site Moon');
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('Moon')]);
});

test('a token has an end, its use is noted to the minute, and its name is free again after it', async () => {
  const shop = await TestApp.start();
  const { tokens } = shop.app.services;
  const order = { name: 'cashbox', scope: 'read', expires: '1h' };
  const { id, token } = await tokens.add(order, 'ana');
  await expect(tokens.add(order, 'ana')).rejects.toThrow(Conflict);

  expect(await tokens.whoHas(`${token}x`)).toBeUndefined();
  expect(await tokens.whoHas(token)).toMatchObject({ id, name: 'cashbox', scope: 'read' });
  const usedAt = shop.clock.now();
  shop.clock.advance(30_000);
  await tokens.whoHas(token);
  expect((await tokens.list())[0]!.lastUsedAt).toEqual(usedAt);
  shop.clock.advance(30_000);
  await tokens.whoHas(token);
  expect((await tokens.list())[0]!.lastUsedAt).toEqual(shop.clock.now());

  shop.clock.advance(59 * 60_000);
  expect(await tokens.whoHas(token)).toBeUndefined();
  await tokens.revoke(id, 'ana');
  const next = await tokens.add(order, 'ana');
  expect(await tokens.whoHas(next.token)).toBeDefined();
  await tokens.revoke(next.id, 'ana');
  expect(await tokens.whoHas(next.token)).toBeUndefined();
  await shop.close();
});

test('an unknown scope or number makes and revokes nothing', async () => {
  expect((await shop.run('tokens add cashbox --scope king')).code).not.toBe(0);
  expect((await shop.run('tokens revoke 7')).code).toBe(1);
  expect(JSON.parse((await shop.run('tokens list --json')).out)).toEqual([]);
});
