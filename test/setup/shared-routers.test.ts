import type { SimulatorOptions } from '../../src/simulator/simulator';
import { BareRouter } from '../support/router/bare-router';
import { openReported } from '../support/router/reported-router';
import { FAIR, wholeLife, type Surroundings } from '../support/router/whole-life';
import { some } from '../support/program/run-counts';

/** The whole life of a shop on routers that are not ours alone. */

const VERSIONS = ['6.49.18', '7.19.4', '7.24'];
/** Health check of the others: it is theirs. */
const OTHERS = { alsoFound: ['bypass', 'profile-rate-limit-of-others'] };
const ROUTERS: [string, SimulatorOptions, Surroundings][] = [
  ['three hotspot servers, at the first', { hotspots: 3 }, {}],
  ['three hotspot servers, at the second', { hotspots: 3 }, { port: 'ether3' }],
  ['a crowd', { crowd: 200 }, OTHERS],
  ['a crowd, its queues at the end', { crowd: 200, habits: { dynamicQueuesFirst: false } }, OTHERS],
];

jest.setTimeout(60_000);

let bare: BareRouter;
afterEach(() => bare.close());

describe.each(some(VERSIONS, 2))('RouterOS %s', (version) => {
  test.each(some(ROUTERS, 2))('%s', async (_, options, surroundings) => {
    bare = await BareRouter.open({ version, ...options }, [FAIR]);
    await wholeLife(bare, surroundings);
  });

  // What of a crowd comes on top, and at which port a phone is, no report tells.
  test.each(some(ROUTERS, 2))(
    '%s: the same on a router that was started from its report',
    async (_, options, surroundings) => {
      bare = await openReported({ version, ...options }, [FAIR]);
      await wholeLife(bare, surroundings);
    },
  );
});
