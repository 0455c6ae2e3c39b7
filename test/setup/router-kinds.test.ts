import { isHealthy } from '../../src/domain/doctor/doctor';
import { RouterClient } from '../../src/routeros/client';
import { RouterReporter } from '../../src/routeros/router-report';
import {
  likeReport,
  makeLike,
  readReport,
  type ReportedRouter,
} from '../../src/simulator/like-report';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { ADMIN, BareRouter, idsOf } from '../support/router/bare-router';

/** The whole life of a shop on each kind of router there is: docs/routers.md has the table of what was tried. */

const MINUTE = 60_000;
const FAIR = { name: 'FAIR', fup_threshold: '10MB', fup_rate_up: '256K', fup_rate_down: '512K' };

const KINDS: Record<string, SimulatorOptions> = {
  'a board with 6.49': { version: '6.49.18' },
  'a board with 7.19': { version: '7.19.4' },
  'a board with 7.24': { version: '7.24' },
  'a CHR with 7.19': { version: '7.19.4', machine: 'chr' },
  'a CHR with 6.49': { version: '6.49.18', machine: 'chr' },
  'a PC with 7.19': { version: '7.19.4', machine: 'x86' },
  'a small board with flash and 7.19': { version: '7.19.4', machine: 'flash' },
  'a small board with flash and 6.49': { version: '6.49.18', machine: 'flash' },
  'a board with 7.17.1, which shows flash/ in front': { version: '7.17.1' },
  'a board with 7.23 that shows flash/ in front': {
    version: '7.23',
    habits: { flashInFront: true },
  },
  'a small board that shows flash/ in front': {
    ...{ version: '7.23', machine: 'flash' },
    habits: { flashInFront: true },
  },
};

let bare: BareRouter;
afterEach(() => bare.close());

async function doctorSays(): Promise<string[]> {
  const findings = await bare.server.shop.app.services.doctor!.examine();
  expect(isHealthy(findings)).toBe(true);
  return idsOf(findings);
}

/** @param prepare what is done to the router before anybody sees it */
async function wholeLife(
  options: SimulatorOptions,
  prepare: (simulator: Simulator) => void = () => undefined,
): Promise<void> {
  bare = await BareRouter.open(options, [FAIR]);
  prepare(bare.simulator);
  const { simulator, clock } = bare;
  const before = bare.contents();
  expect(await bare.apply()).toMatchObject({ failed: null, left: [], notes: [] });
  await bare.restart();
  expect(await doctorSays()).toEqual(['services-open', 'staff-pages-open']);

  const { server } = bare;
  const { shop } = server;
  const phone = server.phone(21);
  expect((await server.redeem(phone, await shop.code('FAIR'))).status).toBe(303);
  expect(phone.online).toBe(true);
  const speed = () => simulator.queueOf(phone.mac)!.maxLimit;
  expect(speed()).toEqual({ up: 1_000_000, down: 2_000_000 });

  phone.download('11M');
  clock.advance(MINUTE);
  await shop.reconcile();
  expect(speed()).toEqual({ up: 256_000, down: 512_000 });

  simulator.reboot();
  clock.advance(MINUTE);
  await shop.reconcile().catch(() => undefined); // may find the line cut
  await shop.reconcile();
  expect(phone.online).toBe(true);
  expect(speed()).toEqual({ up: 256_000, down: 512_000 });
  expect(await doctorSays()).toEqual(['services-open', 'staff-pages-open']);

  clock.advance(60 * MINUTE);
  await shop.reconcile();
  expect(phone.online).toBe(false);
  expect(simulator.queueOf(phone.mac)).toBeUndefined();

  simulator.log.clear();
  expect(await bare.apply(ADMIN)).toMatchObject({ failed: null, done: [] });
  expect(simulator.log.writes).toEqual([]);
  await shop.controller.reconcileAnywhere(); // gives the right to write back
  expect(await bare.undo(ADMIN)).toMatchObject({ failed: null, notes: [] });
  expect(bare.contents()).toEqual(before);
  // The router's own page is served again, and not the text it has where no page is.
  expect(phone.typeAtRouter('nobody').page).toContain('<html>');
}

describe.each(Object.entries(KINDS))('%s', (_, options) => {
  test('from the bare hotspot over a whole voucher and a restart, and back', async () => {
    await wholeLife(options);
  });

  test('the same on a router that was started from its report', async () => {
    const report = await reportOf(options);
    await wholeLife(likeReport(report), (simulator) => makeLike(simulator, report));
  });
});

/** What the program tells of such a router, as read from the file. */
async function reportOf(options: SimulatorOptions): Promise<ReportedRouter> {
  const original = await Simulator.start({ ...options, bare: true });
  const { port } = original;
  const user = { username: 'admin', password: '', tls: 'off' as const };
  const client = new RouterClient({ host: '127.0.0.1', port, ...user });
  try {
    return readReport(JSON.stringify(await new RouterReporter(client, []).read(new Date())));
  } finally {
    client.stop();
    await original.stop();
  }
}

test.each(['6.49.18', '7.21'])(
  'without the package of the hotspot, %s: clear words, and nothing is written',
  async (version) => {
    bare = await BareRouter.open({ version, hasHotspotPackage: false });
    await expect(bare.apply()).rejects.toThrow(/package "hotspot" is not installed/);
    const findings = await bare.server.shop.app.services.doctor!.examine();
    expect(idsOf(findings)).toContain('hotspot-package');
    expect(bare.simulator.log.writes).toEqual([]);
  },
);
