import { parseCode } from '../../../src/domain/vouchers/voucher-code';
import { staffPages } from '../../../src/web/admin';
import { AdminShop, type Staff } from '../../support/admin-shop';

/** A code nobody used is money: viewers see that it is there, and never what it is. */

let open: AdminShop;
let viewer: Staff;

beforeEach(async () => {
  open = await AdminShop.open({ env: { PORTAL_URL: 'http://10.5.50.1:5000' } });
  viewer = await open.signedIn('viewer');
});

afterEach(() => open.close());

/** A shop in which codes that are as good as new stand in the news, in the usage, in alerts and online. */
async function busyShop() {
  const { shop } = open;
  const { batches, vouchers, redemptions } = shop.app.services;
  const { phone, code: used } = await shop.online();
  phone.download('3M');
  const batch = await batches.generate({ plan: 'P5', count: 3, note: 'Saturday' }, 'test');
  const [plain, extended, undone] = batch.vouchers.map(({ code }) => code);
  await vouchers.extend(extended!, 3600, 'test');

  // Somebody typed it, the router was away, and it is as good as new.
  const host = await shop.controller.whoIsAt(shop.phone().address);
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  await expect(redemptions.redeem(parseCode(undone), host!)).rejects.toThrow();
  shop.simulator.faults.refuseConnections = 'none';

  // A developer code was used, and ended by staff while the router looks away: its device is online yet.
  const developer = await shop.code('P5', true);
  const device = shop.phone();
  await shop.redeem(device, developer);
  device.download('7M');
  await shop.reconcile();
  await shop.app.db('vouchers').where({ code: developer }).update({ status: 'unused' });
  const { journal } = shop.app.stores;
  await journal.raise('name taken', '', `A user called ${plain} is not ours`, shop.clock.now());
  // Another one runs, and lets anybody in who types it as soon as a slot is free.
  const running = await shop.code('P5', true);
  await shop.redeem(shop.phone(), running);
  // The router calls its own queues after users, as they are written there.
  const name = `${plain!.slice(0, 2)}-${plain!.slice(2)}`.toLowerCase();
  shop.simulator.run(['/queue/simple/add', `=name=<hotspot-${name}>`, '=target=10.5.50.250/32']);
  return { used, phone, device, hidden: [plain!, extended!, undone!, developer, running] };
}

/** Every page a viewer may see, of the shop above. */
function pathsFor(names: Record<string, string>): string[] {
  const { config, clock, log, services } = open.shop.app;
  const { table } = staffPages({ config, clock, log, services });
  return table
    .filter(({ method, access }) => method === 'get' && access === 'viewer')
    .map(({ path }) => `/admin${path.replace(/:(\w+)/g, (_, name: string) => names[name]!)}`);
}

/** A page, or what a stream says first. */
async function textOf(staff: Staff, path: string): Promise<string> {
  if (!path.endsWith('-stream')) return (await staff.get(path)).text;
  const leaving = new AbortController();
  const headers = { cookie: staff.cookie, accept: 'text/event-stream' };
  const answer = await fetch(open.address + path, { headers, signal: leaving.signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(part, { stream: true });
    if (text.includes('event:view\n') && text.endsWith('\n\n')) break;
  }
  leaving.abort();
  return text;
}

test('no page, stream or list that a viewer sees holds a code nobody used', async () => {
  const { used, phone, device, hidden } = await busyShop();
  const paths = [
    ...pathsFor({ code: used, id: '2', mac: phone.mac, name: 'P5' }),
    `/admin/usage/${device.mac}`,
    `/admin/usage/${device.mac}/usage.csv?by=voucher`,
    `/admin/bandwidth/${device.mac}/speeds`,
    '/admin/usage.csv?by=voucher',
    '/admin/usage?by=voucher',
    '/admin/vouchers?status=unused',
    '/admin/vouchers?batch=2',
    '/admin/vouchers?q=saturday',
    `/admin/vouchers?q=${device.mac}`,
  ];
  expect(paths.length).toBeGreaterThan(30);
  for (const path of paths) {
    const text = await textOf(viewer, path);
    const letters = text.toUpperCase().replaceAll('-', '');
    for (const code of hidden) expect([path, letters.includes(code)]).toEqual([path, false]);
  }
  expect(await textOf(viewer, '/admin/vouchers')).toContain(used);
  expect(await textOf(viewer, '/admin/vouchers?status=unused')).toContain('4 vouchers');
  expect(await textOf(viewer, '/admin/bandwidth')).toContain(used);

  const operator = await open.signedIn('operator');
  const shown = await textOf(operator, '/admin/batches/2');
  for (const code of hidden.slice(0, 3)) expect(shown).toContain(code);
  const [plain, extended, undone, developer] = hidden;
  for (const [path, code] of [
    ['/admin', extended],
    ['/admin', undone],
    ['/admin/alerts', plain],
    ['/admin/bandwidth', developer],
    ['/admin/bandwidth/live-stream', developer],
    ['/admin/api/user-traffic', developer],
    ['/admin/usage?by=voucher', developer],
    [`/admin/usage/${device.mac}/usage.csv?by=voucher`, developer],
    [`/admin/bandwidth/${device.mac}/speeds`, developer],
  ] as const) {
    expect(await textOf(operator, path)).toContain(code);
  }
  expect(await textOf(operator, `/admin/vouchers?q=${hidden[0]!.slice(2, 6)}`)).toContain(
    hidden[0],
  );
});

test('a viewer finds out no code by its parts, nor by asking for its page', async () => {
  const { used, hidden } = await busyShop();
  const isFound = async (q: string) =>
    !(await viewer.get(`/admin/vouchers?q=${q}`)).text.includes('No voucher matches');
  expect(await isFound(used.slice(1, 6))).toBe(true);
  for (const code of hidden) {
    for (const part of [code, code.slice(0, 4), code.slice(3)]) {
      expect([part, await isFound(part)]).toEqual([part, false]);
    }
    for (const path of [
      '/vouchers/CODE',
      '/usage/vouchers/CODE',
      '/usage/vouchers/CODE/usage.csv',
    ]) {
      const real = await viewer.get(`/admin${path.replace('CODE', code)}`);
      const madeUp = await viewer.get(`/admin${path.replace('CODE', 'XYXYXYXY')}`);
      expect([path, real.status, madeUp.status]).toEqual([path, 404, 404]);
      const words = (text: string, of: string) =>
        text.replaceAll(of, '').replaceAll(viewer.token, '');
      expect(words(real.text, code)).toBe(words(madeUp.text, 'XYXYXYXY'));
    }
  }
  expect((await viewer.get(`/admin/vouchers/${used}`)).status).toBe(200);
});

/** As somebody may write a code into an address line. */
const SPELLINGS: readonly [string, (code: string) => string][] = [
  ['as it is', (code) => code],
  ['in lower case', (code) => code.toLowerCase()],
  ['in both', (code) => code.slice(0, 3).toLowerCase() + code.slice(3)],
  ['with dashes', (code) => `${code.slice(0, 4)}-${code.slice(4)}`],
  ['with spaces', (code) => `%20${code.slice(0, 4)}%20${code.slice(4).toLowerCase()}%20`],
  ['with a long dash', (code) => `${code.slice(0, 2)}%E2%80%94${code.slice(2)}`],
  ['with what is not seen', (code) => `${code.slice(0, 2)}%E2%80%8B${code.slice(2)}`],
  ['by numbers', (code) => [...code].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')],
];
/** Wherever an address line takes a code. */
const PLACES = [
  ...['/vouchers/CODE', '/usage/vouchers/CODE', '/usage/vouchers/CODE/usage.csv'],
  ...['/vouchers?q=CODE', '/vouchers?status=unused&q=CODE', '/audit?q=CODE', '/usage/CODE'],
  ...['/usage/CODE/usage.csv', '/bandwidth/CODE/speeds', '/bandwidth?q=CODE', '/batches/CODE'],
  ...['/plans/CODE/simulation', '/usage/plans/CODE', '/vouchers?batch=CODE', '/CODE'],
];

test('however a code is written, a viewer gets the answer that any other code has', async () => {
  const [plain, , , developer, running] = (await busyShop()).hidden;
  const answers = new Map<string, number>();
  for (const place of PLACES) {
    for (const [how, spell] of SPELLINGS) {
      for (const accept of ['text/html', 'application/json']) {
        const ask = async (code: string) => {
          const path = `/admin${place.replace('CODE', spell(code))}`;
          const { status, text, location } = await viewer.get(path, { accept });
          // What was typed comes back as it was typed, and as nothing else.
          const typed = decodeURIComponent(spell(code));
          const parts = [
            spell(code),
            encodeURIComponent(typed),
            encodeURIComponent(typed.trim()),
            typed.trim(),
            typed,
            viewer.token,
          ];
          const rest = parts.reduce((all, part) => all.replaceAll(part, ''), text);
          return {
            status,
            location: location?.replaceAll(spell(code), ''),
            rest,
            size: text.length,
          };
        };
        const madeUp = await ask('XYXYXYXY');
        for (const code of [plain!, developer!, running!]) {
          expect([place, how, accept, await ask(code)]).toEqual([place, how, accept, madeUp]);
        }
        answers.set(place, madeUp.status);
      }
    }
  }
  expect(answers.get('/vouchers/CODE')).toBe(404);
});
