import { ADMIN, BareRouter, idsOf } from '../support/router/bare-router';

/** What a set-up may do to people who are online, and what logs them out by itself. */

let router: BareRouter;
afterEach(() => router.close());

async function guestOnline(restarts: boolean) {
  router = await BareRouter.open({
    version: '7.24.5',
    habits: { profileRestartsServer: restarts },
  });
  router.run('/ip/hotspot/user/add', '=name=guest', '=password=guest');
  const phone = router.server.phone(21);
  const login = ['/ip/hotspot/active/login', `=ip=${phone.address}`];
  router.run(...login, '=user=guest', '=password=guest');
  expect(phone.online).toBe(true);
  return phone;
}

test.each([false, true])(
  'a profile with people online is changed after saying so; they are logged out: %s',
  async (restarts) => {
    const phone = await guestOnline(restarts);
    const { steps } = await router.setup.preview({ portalUrl: router.portalUrl });
    const profile = steps.find(({ id }) => id === 'profile hsprof1')!;
    expect(profile.what).toContain('One device is online');
    expect(profile.what).toContain('choose a quiet hour');
    expect((await router.apply()).failed).toBeNull();
    expect(phone.online).toBe(!restarts);
  },
);

test('with nobody online nothing is said of it', async () => {
  router = await BareRouter.open({ version: '7.24.5' });
  const { steps } = await router.setup.preview({ portalUrl: router.portalUrl });
  expect(JSON.stringify(steps)).not.toContain('online: some routers');
});

test('taking the set-up back says so too', async () => {
  const phone = await guestOnline(false);
  await router.apply();
  expect(phone.online).toBe(true);
  const { steps } = await router.setup.previewUndo({ portalUrl: router.portalUrl, admin: ADMIN });
  expect(steps.find(({ id }) => id === 'profile hsprof1')!.what).toContain('One device is online');
});

test.each([
  ['7.21.5', 'reply-only', 'yes', false],
  ['7.21.5', 'reply-only', 'no', true],
  ['7.21.5', 'enabled', 'yes', true],
  ['7.24.5', 'reply-only', 'yes', true],
])(
  'RouterOS %s with arp=%s and add-arp=%s: a session lasts: %s',
  async (version, arp, adds, lasts) => {
    router = await BareRouter.open({ version });
    router.run('/interface/bridge/set', '=numbers=bridge-hotspot', `=arp=${arp}`);
    router.run('/ip/dhcp-server/set', '=numbers=dhcp1', `=add-arp=${adds}`);
    router.run('/ip/hotspot/user/add', '=name=guest', '=password=guest');
    const phone = router.server.phone(21);
    const login = ['/ip/hotspot/active/login', `=ip=${phone.address}`];
    router.run(...login, '=user=guest', '=password=guest');
    router.clock.advance(10 * 60_000);
    expect(phone.online).toBe(lasts);
    const found = idsOf(await router.server.shop.app.services.doctor!.examine());
    expect(found.includes('arp-reply-only')).toBe(!lasts);
  },
);
