import { BusyAdmin } from '../support/busy-admin';

/** A router that hangs: the line stands, and no answer comes. Staff open their pages exactly then. */

jest.setTimeout(240_000);

/** As in a shop, where a question may wait for half a minute. */
const PATIENT = {
  ...{ connectMs: 8_000, loginMs: 30_000, commandMs: 30_000, longMs: 30_000 },
  ...{ inFlight: 24, queued: 50_000, queuedMs: 60_000 },
};
/** A second for the router, and the rest for a busy machine. */
const LONGEST_MS = 5_000;
const TICK_MS = 50;

test('every page of the staff answers soon, without words of the router', async () => {
  const admin = await BusyAdmin.start({ limits: PATIENT });
  const { shop } = admin.open;
  const owner = await admin.open.signedIn('owner', 'boss');
  await owner.get('/admin');
  const ticking = setInterval(() => shop.clock.advance(TICK_MS), TICK_MS);
  try {
    shop.simulator.faults.on({ times: Infinity }, { kind: 'no-answer' });
    const late: string[] = [];
    const leaking: string[] = [];
    const paths = [...admin.paths().map(({ path }) => path), '/api/user-traffic'];
    for (const path of paths) {
      const began = performance.now();
      const { text } = await owner.get(`/admin${path.replace(/^\/$/, '')}`);
      const tookMs = performance.now() - began;
      if (tookMs > LONGEST_MS) late.push(`${path} took ${Math.round(tookMs / 1000)} s`);
      if (/\/(system|ip|queue)\/[a-z/]+\/(print|getall)/.test(text)) leaking.push(path);
    }
    expect(paths.length).toBeGreaterThan(40);
    expect({ late, leaking }).toEqual({ late: [], leaking: [] });
    // What was seen last is told with its age.
    shop.clock.advance(60_000);
    const [home, online] = [await owner.get('/admin'), await owner.get('/admin/bandwidth')];
    expect(home.text).toContain('The router does not answer');
    expect(home.text).toContain('As it was at');
    expect(online.text).toContain('Below: who was online at');
  } finally {
    clearInterval(ticking);
    await admin.close();
  }
});
