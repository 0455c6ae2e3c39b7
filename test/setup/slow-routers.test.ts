import type { SimulatorOptions } from '../../src/simulator/simulator';
import { BareRouter } from '../support/router/bare-router';
import { openReported } from '../support/router/reported-router';
import { FAIR, wholeLife } from '../support/router/whole-life';
import { some } from '../support/program/run-counts';

/** The whole life of a shop on a slow board. Most of it is waiting, so they run beside each other. */

const VERSIONS = ['6.49.18', '7.19.4', '7.24'];
const SLOW = { machine: 'flash', slow: { board: 'hap-lite', scale: 0.01 } } as const;

jest.setTimeout(120_000);

describe.each(some(VERSIONS, 1))('RouterOS %s on a slow hAP lite', (version) => {
  test.concurrent.each([
    ['the whole life', (options: SimulatorOptions) => BareRouter.open(options, [FAIR])],
    [
      'the same on a router that was started from its report',
      (options: SimulatorOptions) => openReported(options, [FAIR]),
    ],
  ])('%s', async (_, open) => {
    const bare = await open({ version, ...SLOW });
    try {
      await wholeLife(bare);
    } finally {
      await bare.close();
    }
  });
});
