import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShopServer } from '../support/program/shop-server';

/** The figures that Prometheus reads. */

/** Names that dashboards are built on (requirements, K19). */
const PROMISED = [
  'pisonet_reconcile_seconds',
  'pisonet_router_up',
  'pisonet_devices_online',
  'pisonet_redemptions_total',
  'pisonet_usage_bytes_total',
  'pisonet_router_writes_total',
  'pisonet_http_request_seconds',
];
const TOKEN = 'a-token-of-16-or-more';
const AS_PROMETHEUS = { authorization: `Bearer ${TOKEN}` };

let server: ShopServer;

afterEach(() => server.close());

/** @returns the value of each line, by name and labels */
async function figures(): Promise<Record<string, number>> {
  const answer = await fetch(`${server.origin}/metrics`, { headers: AS_PROMETHEUS });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await answer.text()).split('\n').filter((line) => /^[a-z]/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

test('what the shop and the router did', async () => {
  server = await ShopServer.start({ env: { METRICS_TOKEN: TOKEN } });
  const { shop } = server;
  await shop.reconcile();
  const { phone } = await shop.online();
  await shop.code();
  await expect(shop.redeem(shop.phone(), 'AAAA-AAAA')).rejects.toThrow();
  phone.download(1_000_000);
  phone.upload(50_000);
  await shop.reconcile();
  const now = await figures();
  expect(now).toMatchObject({
    pisonet_routers: 1,
    'pisonet_router_up{router="First router"}': 1,
    'pisonet_devices_online{router="First router"}': 1,
    'pisonet_usage_bytes_total{direction="down"}': 1_000_000,
    'pisonet_usage_bytes_total{direction="up"}': 50_000,
    'pisonet_vouchers{status="unused"}': 1,
    'pisonet_vouchers{status="active"}': 1,
    'pisonet_redemptions_total{outcome="online"}': 1,
    'pisonet_redemptions_total{outcome="not usable"}': 1,
    'pisonet_reconcile_seconds_count{router="First router",outcome="done"}': 2,
    'pisonet_router_command_seconds_count{command="/ip/hotspot/active/login",outcome="done"}': 1,
  });
  expect(now['process_resident_memory_bytes']).toBeGreaterThan(1_000_000);

  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  await shop.reconcile();
  const away = await figures();
  expect(away).toMatchObject({
    'pisonet_router_up{router="First router"}': 0,
    'pisonet_reconcile_seconds_count{router="First router",outcome="silent"}': 1,
    'pisonet_alerts{kind="router away"}': 1,
  });
  // Nobody knows who is online at a router that does not answer.
  expect(Object.keys(away).filter((name) => /devices_online/.test(name))).toEqual([]);
});

test('answers are counted by part of the product; made-up addresses are one part', async () => {
  server = await ShopServer.start({ env: { METRICS_TOKEN: TOKEN } });
  const paths = ['/portal', '/made-up', '/made-up-too', '/admin/nothing', '/healthz'];
  for (const path of paths) await fetch(server.origin + path, { redirect: 'manual' });
  const counted = await figures();
  const names = Object.keys(counted).filter((name) =>
    name.startsWith('pisonet_http_request_seconds_count'),
  );
  expect(names.sort()).toEqual([
    'pisonet_http_request_seconds_count{part="admin",status="4xx"}',
    'pisonet_http_request_seconds_count{part="healthz",status="2xx"}',
    'pisonet_http_request_seconds_count{part="other",status="4xx"}',
    'pisonet_http_request_seconds_count{part="portal",status="2xx"}',
  ]);
  expect(counted['pisonet_http_request_seconds_count{part="other",status="4xx"}']).toBe(2);
});

test('no code, device or address is in it', async () => {
  server = await ShopServer.start({ env: { METRICS_TOKEN: TOKEN } });
  const { shop } = server;
  const { phone, code } = await shop.online();
  await shop.reconcile();
  const names = Object.keys(await figures()).join('\n');
  for (const secret of [code, phone.mac, phone.address]) {
    expect(names).not.toContain(secret);
  }
});

describe('who may read them', () => {
  /** What a proxy on this computer says of whom it asks for. */
  const ELSEWHERE = { 'x-forwarded-for': '192.168.88.30' };
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${server.origin}/metrics`, { headers })).status;
  const tokenOf = async (scope: string, site?: string) => {
    const { tokens } = server.shop.app.services;
    return (await tokens.add({ name: `${scope}${site ?? ''}`, scope, site }, 'test')).token;
  };

  test('programs on this computer, as they are', async () => {
    server = await ShopServer.start();
    expect(await status({})).toBe(200);
    expect(await status(ELSEWHERE)).toBe(401);
    expect(await status({ forwarded: 'for=192.168.88.30' })).toBe(401);
  });

  test('from elsewhere, who has the token of the settings', async () => {
    server = await ShopServer.start({ env: { METRICS_TOKEN: TOKEN } });
    expect(await status({ ...ELSEWHERE, authorization: `Bearer ${TOKEN}x` })).toBe(401);
    expect(await status({ ...ELSEWHERE, authorization: TOKEN })).toBe(401);
    expect(await status({ ...ELSEWHERE, ...AS_PROMETHEUS })).toBe(200);
    await server.close();
    server = await ShopServer.start();
    expect(await status({ ...ELSEWHERE, ...AS_PROMETHEUS })).toBe(401);
  });

  test('from elsewhere, a token of any scope, but not one of a single site', async () => {
    server = await ShopServer.start();
    await server.shop.app.services.sites.add('Beach', 'test');
    const authorization = `Bearer ${await tokenOf('read')}`;
    expect(await status({ ...ELSEWHERE, authorization })).toBe(200);
    const ofSite = `Bearer ${await tokenOf('read', 'Beach')}`;
    expect(await status({ ...ELSEWHERE, authorization: ofSite })).toBe(403);
  });
});

test('the promised names are there, and those the alert rules and the dashboard ask for', async () => {
  server = await ShopServer.start({ env: { METRICS_TOKEN: TOKEN } });
  await server.shop.reconcile();
  const answer = await fetch(`${server.origin}/metrics`, { headers: AS_PROMETHEUS });
  const names = new Set(
    [...(await answer.text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!),
  );
  expect([...names]).toEqual(expect.arrayContaining(PROMISED));
  for (const file of ['prometheus-alerts.yaml', 'grafana-dashboard.json']) {
    const text = readFileSync(join(__dirname, '../../deploy', file), 'utf8');
    const asked = [...text.matchAll(/\b(?:pisonet|process)_\w+/g)].map(([name]) => name);
    expect(asked.length).toBeGreaterThan(5);
    for (const name of asked) {
      expect(names).toContain(name.replace(/_(bucket|count|sum)$/, ''));
    }
  }
});
