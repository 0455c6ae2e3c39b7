import { isHealthy } from '../../../src/domain/doctor/doctor';
import { exceptOfVersion } from '../../../src/domain/doctor/doctor-version';
import type { SimulatedDevice, Simulator } from '../../../src/simulator/simulator';
import { ADMIN, idsOf, type BareRouter } from './bare-router';

const MINUTE = 60_000;
export const FAIR = {
  ...{ name: 'FAIR', fup_threshold: '10MB', fup_rate_up: '256K', fup_rate_down: '512K' },
};

/** Health check of every router after a set-up: it is good to know, and nothing is wrong. */
const USUAL = ['services-open', 'staff-pages-open'];

export interface Surroundings {
  /** Health check beside the usual. */
  alsoFound?: readonly string[];
  /** The port of the hotspot that the phone is at; of the first by default. */
  port?: string;
}

/**
 * The whole life of a shop with the plan FAIR on a router as its wizard left it: set-up, a code typed at the
 * portal, fair use, a restart, the end, a set-up with nothing left to do, and undo.
 */
export async function wholeLife(
  bare: BareRouter,
  { alsoFound = [], port }: Surroundings = {},
): Promise<void> {
  const { simulator, clock } = bare;
  const before = bare.contents();
  expect(await bare.apply()).toMatchObject({ failed: null, left: [], notes: [] });
  await bare.restart();
  const found = [...USUAL, ...alsoFound].sort();
  expect(await doctorSays(bare)).toEqual(found);

  const { server } = bare;
  const { shop } = server;
  const phone = phoneAt(simulator, port);
  expect((await server.redeem(phone, await shop.code('FAIR'))).status).toBe(303);
  expect(phone.online).toBe(true);
  const speed = () => simulator.queueOf(phone.mac)!.maxLimit;
  expect(speed()).toEqual({ up: 1_000_000, down: 2_000_000 });

  while (isCaught(simulator, phone)) await shop.reconcile();
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
  while (isCaught(simulator, phone)) await shop.reconcile();
  expect(await doctorSays(bare)).toEqual(found);

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

async function doctorSays(bare: BareRouter): Promise<string[]> {
  const found = await bare.server.shop.app.services.doctor!.examine();
  // In a crowd the lease of the phone may be renewed while the doctor looks: the next round sees to its queue.
  const findings = exceptOfVersion(found).filter(
    ({ title }) => !title.startsWith('The queue "dhcp-ds<'),
  );
  expect(isHealthy(findings)).toBe(true);
  return idsOf(findings).sort();
}

function phoneAt(simulator: Simulator, port: string | undefined): SimulatedDevice {
  const device = { mac: '02:00:00:00:01:15', address: '127.0.0.21' };
  return simulator.addDevice(port === undefined ? device : { ...device, interface: port });
}

/** Somebody's queue stands above the phone's own and takes what it sends. */
export function isCaught(simulator: Simulator, { address, mac }: SimulatedDevice): boolean {
  const queues = simulator.queues();
  const own = queues.findIndex(({ name }) => name === `pisonet-${mac}`);
  const isAbove = ({ target, disabled, parent }: (typeof queues)[number]) =>
    (target === `${address}/32` || target === 'bridge-hotspot') && !disabled && parent === 'none';
  return queues.findIndex(isAbove) < own;
}
