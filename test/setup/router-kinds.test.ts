import { makeLike } from '../../src/simulator/like-report';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator';
import { BareRouter, idsOf } from '../support/router/bare-router';
import { likeReported, reportOf } from '../support/router/reported-router';
import { FAIR, wholeLife } from '../support/router/whole-life';
import { some } from '../support/program/run-counts';

/** The whole life of a shop on each kind of router there is: docs/internals/simulated-routers.md has the table. */

const KINDS: Record<string, SimulatorOptions> = {
  'a board with 6.49': { version: '6.49.18' },
  'a board with 7.19': { version: '7.19.4' },
  'a board with 7.24': { version: '7.24' },
  'a CHR with 7.19': { version: '7.19.4', machine: 'chr' },
  'a CHR with 6.49': { version: '6.49.18', machine: 'chr' },
  'a CHR with 7.24': { version: '7.24', machine: 'chr' },
  'a PC with 7.19': { version: '7.19.4', machine: 'x86' },
  'a PC with 6.49': { version: '6.49.18', machine: 'x86' },
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

/** What is believed of some routers, each where it is not what we would wish. */
const HABITS: Record<string, SimulatorOptions> = {
  'hs-<SERVER> on top on 7 too': { habits: { serverQueueAlways: true } },
  'refusals in the words of the API': { vocabulary: 'raw' },
  'counters that begin anew with each change': {
    habits: { limitClearsBytes: true, targetClearsBytes: true, disablingClearsBytes: true },
  },
  'a group to which set does not add': { habits: { groupSetAdds: false } },
  'logins that need http-pap': { habits: { loginNeedsPap: true } },
};

let bare: BareRouter;
afterEach(() => bare.close());

/** @param prepare what is done to the router before anybody sees it */
async function life(
  options: SimulatorOptions,
  prepare: (simulator: Simulator) => void = () => undefined,
): Promise<void> {
  bare = await BareRouter.open(options, [FAIR]);
  prepare(bare.simulator);
  await wholeLife(bare);
}

describe.each(['6.49.18', '7.24'])('RouterOS %s with', (version) => {
  test.each(some(Object.entries(HABITS), 3))('%s', async (_, options) => {
    await life({ version, ...options });
  });
});

describe.each(some(Object.entries(KINDS), 5))('%s', (_, options) => {
  test('from the bare hotspot over a whole voucher and a restart, and back', async () => {
    await life(options);
  });

  test('the same on a router that was started from its report', async () => {
    const report = await reportOf(options);
    await life(likeReported(report), (simulator) => makeLike(simulator, report));
  });
});

test.each([
  ['6.49.18', 'itself'],
  ['7.21', 'itself'],
  ['6.49.18', 'one like its report'],
  ['7.21', 'one like its report'],
])(
  'without the package of the hotspot, %s, %s: clear words, and nothing is written',
  async (version, which) => {
    const options: SimulatorOptions = { version, hasHotspotPackage: false };
    const isItself = which === 'itself';
    bare = await BareRouter.open(isItself ? options : likeReported(await reportOf(options)));
    await expect(bare.apply()).rejects.toThrow(/package "hotspot" is not installed/);
    const findings = await bare.server.shop.app.services.doctor!.examine();
    expect(idsOf(findings)).toContain('hotspot-package');
    expect(bare.simulator.log.writes).toEqual([]);
  },
);
