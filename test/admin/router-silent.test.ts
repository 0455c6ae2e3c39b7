import { OPERATIONS } from '../../src/web/api/operations';
import { BusyAdmin } from '../support/busy-admin';

/** A router that hangs: the line stands, and no answer comes. Everybody opens their pages exactly then. */

jest.setTimeout(120_000);

/** As in a shop, where a question may wait for half a minute. */
const PATIENT = {
  ...{ connectMs: 8_000, loginMs: 30_000, commandMs: 30_000, longMs: 30_000 },
  ...{ inFlight: 24, queued: 50_000, queuedMs: 60_000 },
};
/** A second and a bit for the router; the rest is a third of a real one, for the page on a busy machine. */
const LONGEST_MS = 2_800;
/** The shop's clock runs five times as fast as ours, so that a page that waits is found soon. */
const [TICK_MS, EVERY_MS] = [50, 10];

const PORTAL = [
  ...['/', '/portal', '/portal/status', '/portal/status.json', '/portal/share'],
  ...['/portal/waiting', '/portal/account', '/portal/account/invoices/1', '/captive-portal/api'],
  ...['/healthz', '/readyz', '/metrics', '/api/v1/docs', '/api/v1/openapi.json'],
];

type Page = readonly [path: string, get: () => Promise<{ status: number; text: string }>];

let admin: BusyAdmin;
let ticking: NodeJS.Timeout;

beforeEach(async () => {
  admin = await BusyAdmin.start({ limits: PATIENT });
  const { clock } = admin.open.shop;
  ticking = setInterval(() => clock.advance(TICK_MS), EVERY_MS);
});
afterEach(async () => {
  clearInterval(ticking);
  await admin.close();
});

/** Every page, list, export and read there is. */
async function everyPage(): Promise<{ staff: Page[]; portal: Page[]; api: Page[] }> {
  const { open } = admin;
  const owner = await open.signedIn('owner', 'boss');
  await owner.get('/admin');
  const phone = open.phone(21);
  await open.shop.redeem(phone, await open.shop.code('P5'));
  await open.ask('/portal/status', phone);
  const { token } = await open.shop.app.services.tokens.add({ name: 'program', scope: 'admin' }, 'test'); // prettier-ignore
  const id = await open.shop.app.services.webhooks.add({ url: 'https://example.com/x', events: null }, 'test'); // prettier-ignore
  const ids: Record<string, string> = { ...admin.named, name: 'P20', id: String(id) };
  const paths = OPERATIONS.filter(({ method }) => method === 'get').map(({ path }) =>
    path.replace(/\{(\w+)\}/g, (_, one: string) => ids[one]!),
  );
  const headers = { authorization: `Bearer ${token}` };
  return {
    staff: admin.reads().map(({ path }) => {
      const address = `/admin${path.replace(/^\/$/, '')}`;
      return [address, () => owner.get(address)];
    }),
    portal: PORTAL.map((path) => [path, () => open.ask(path, phone)]),
    api: paths.map((path) => [
      `/api/v1${path}`,
      () => open.ask(`/api/v1${path}`, { address: '127.0.0.1' }, { headers }),
    ]),
  };
}

test.each(['hangs', 'has no power'])('no page waits for a router that %s', async (how) => {
  const { simulator, clock } = admin.open.shop;
  const pages = await everyPage();
  expect(pages.staff.length).toBeGreaterThan(60);
  expect(pages.api.length).toBeGreaterThan(20);
  if (how === 'hangs') simulator.faults.on({ times: Infinity }, { kind: 'no-answer' });
  else {
    simulator.faults.refuseConnections = 'accept-and-silent';
    simulator.dropConnections('silent');
  }
  const [late, leaking, failing]: string[][] = [[], [], []];
  for (const [path, get] of [...pages.staff, ...pages.portal, ...pages.api]) {
    const beganMs = clock.elapsedMs();
    const { status, text } = await get();
    const tookMs = clock.elapsedMs() - beganMs;
    if (tookMs > LONGEST_MS) late!.push(`${path} took ${tookMs} ms`);
    if (path !== '/metrics' && /\/(system|ip|queue)\/[a-z/]+\/(print|getall)/.test(text))
      leaking!.push(path);
    // To give time away takes a router that says whose it is.
    if (status >= 500 && path !== '/portal/share') failing!.push(`${path} answers ${status}`);
  }
  expect({ late, leaking, failing }).toEqual({ late: [], leaking: [], failing: [] });
  // What was seen last is told with its age.
  clock.advance(60_000);
  const page = async (path: string) => (await new Map(pages.staff).get(path)!()).text;
  expect(await page('/admin')).toContain('The router does not answer');
  expect(await page('/admin')).toContain('As it was at');
  expect(await page('/admin/bandwidth')).toContain('Below: who was online at');
  expect(await page('/admin/bandwidth/queues')).toContain('As it was at');
  const status = await new Map(pages.portal).get('/portal/status')!();
  expect(status.text).toContain('The Wi-Fi is down.');
});
