import { AdminShop, PASSWORD, type Staff } from '../../support/admin-shop';
import { DAY } from '../../support/builders';

/** The first page: how the shop stands, what it earned, and what a new one still has to do. */

let open: AdminShop;

afterEach(() => open.close());

const strip = async (staff: Staff) =>
  /class="notice (\w+) strip"[^>]*>\s*<p>\s*([^]*?)\s*<\/p>/.exec((await staff.get('/admin')).text)!.slice(1, 3); // prettier-ignore

test('a shop without a router is told that it has none, and not that all is well', async () => {
  open = await AdminShop.open({ env: { MIKROTIK_HOST: '' } });
  const owner = await open.signedIn('owner');
  const [kind, text] = await strip(owner);
  expect(kind).toBe('warn');
  expect(text).toMatch(/^No router yet\.[^]*Connect a router/);
  expect((await owner.get('/admin')).text).not.toContain('does not answer');
  const alerts = (await owner.get('/admin/alerts')).text;
  expect(alerts).toContain('No router yet');
  expect(alerts).not.toContain('All good');
});

test('one line says how the shop stands, and a router that is away is told once', async () => {
  open = await AdminShop.open();
  const { shop } = open;
  const owner = await open.signedIn('owner');
  await shop.online();
  await shop.reconcile();
  expect(await strip(owner)).toEqual(['good', expect.stringMatching(/^All good: .*1 online$/)]);
  await shop.app.stores.journal.raise('name taken', 'x', 'On the router x is not ours', shop.clock.now()); // prettier-ignore
  expect(await strip(owner)).toEqual(['warn', expect.stringMatching(/^1 thing needs you/)]);
  shop.simulator.faults.refuseConnections = 'accept-then-close';
  shop.simulator.dropConnections('rst');
  shop.clock.advance(3 * 60_000);
  await shop.reconcile().catch(() => undefined);
  const { text } = await owner.get('/admin');
  expect(text.match(/The router does not answer/g)).toHaveLength(1);
  expect(text).toContain('On the router x is not ours');
});

test('an operator sees what they sold themselves, the owner all; a bar for each day', async () => {
  open = await AdminShop.open();
  const { shop } = open;
  const sell = async (by: string) => {
    const { vouchers } = await shop.app.services.batches.generate({ plan: 'P5', count: 1 }, by);
    const phone = shop.phone();
    await shop.redeem(phone, vouchers[0]!.code);
  };
  await sell('ana');
  await sell('ana');
  shop.clock.advance(DAY);
  await sell('ana');
  await sell('ben');
  const money = async (staff: Staff) => {
    const { text } = await staff.get('/admin');
    const card = /aria-label="Sales">([^]*?)<\/section>/.exec(text)![1]!;
    return {
      today: /class="amount">([^<]*)/.exec(card)![1],
      yesterday: /yesterday (\S+)/.exec(card)![1],
      month: /This month (\S+),/.exec(card)![1],
      bars: [...card.matchAll(/<title>[\d-]+: ([^<]+)</g)].map(([, amount]) => amount).slice(-3),
    };
  };
  const owner = await open.signedIn('owner');
  const ana = await open.signedIn('operator', 'ana');
  expect(await money(owner)).toEqual({ today: '₱10.00', yesterday: '₱10.00', month: '₱20.00', bars: ['₱0.00', '₱10.00', '₱10.00'] }); // prettier-ignore
  expect(await money(ana)).toEqual({ today: '₱5.00', yesterday: '₱10.00', month: '₱15.00', bars: ['₱0.00', '₱10.00', '₱5.00'] }); // prettier-ignore
});

test('whoever makes the first account is in at once, and sees what is still to do until they hide it', async () => {
  open = await AdminShop.open();
  const visitor = open.visitor();
  const token = (await open.shop.app.services.accounts.invitation())!;
  await visitor.get(`/admin/first-run?token=${token}`);
  const form = { token, name: 'maria', password: PASSWORD, again: PASSWORD };
  const made = await visitor.post('/admin/first-run', form);
  expect([made.status, made.location]).toEqual([303, '/admin']);
  const stillToDo = async () => {
    const { text } = await visitor.get('/admin');
    const list = /id="first-steps"[^]*?<\/ul>/.exec(text)?.[0] ?? '';
    return [...list.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href);
  };
  expect(await stillToDo()).toEqual([
    '/admin/router/setup',
    '/admin/settings',
    '/admin/batches/new',
    '/admin/notices',
  ]);
  await visitor.postParts('/admin/settings', { name: 'Aling Nena', currency: 'PHP' });
  await open.shop.code();
  expect(await stillToDo()).toEqual(['/admin/router/setup', '/admin/notices']);
  await visitor.post('/admin/first-steps/dismissal');
  expect(await stillToDo()).toEqual([]);
});
