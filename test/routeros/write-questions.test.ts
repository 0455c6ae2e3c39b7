import { RouterClient } from '../../src/routeros/api/client';
import { askByWriting } from '../../src/routeros/trial/write-questions';
import { removeLeftovers } from '../../src/routeros/trial/trial-guard';
import { TrialStopped, Workbench } from '../../src/routeros/trial/workbench';
import type { Habit } from '../../src/simulator/engine/router-kinds';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';
import { some } from '../support/program/run-counts';

/** What a throw-away router is asked by writing: the answers tell how it is, and nothing of it stays. */

jest.setTimeout(60_000);

const clock = new ManualClock();
const MAC = '02:00:00:00:00:07';
let simulator: Simulator;
let client: RouterClient;
let bench: Workbench;

afterEach(async () => {
  client.stop();
  await simulator.stop();
});

/** @param stopping aborted at the first wait */
async function open(options: SimulatorOptions, stopping?: AbortController): Promise<void> {
  simulator = await Simulator.start({ bare: true, clock, ...options });
  const user = { username: 'admin', password: '', tls: 'off' as const };
  client = new RouterClient({ host: '127.0.0.1', port: simulator.port, ...user });
  bench = new Workbench(client, {
    wait: (ms) => {
      stopping?.abort();
      clock.advance(ms);
      return Promise.resolve();
    },
    tell: () => undefined,
    ...{ hidden: ['admin'], stopping: stopping?.signal },
  });
}

/** A phone that uses the internet as soon as it may. */
function addPhone(toAddress?: string) {
  const offered = { up: 100_000, down: 400_000 };
  const device = { mac: MAC, address: '10.5.50.7', offered };
  return simulator.addDevice(toAddress === undefined ? device : { ...device, toAddress });
}

async function answers(): Promise<Record<string, string>> {
  const before = contents();
  const found = await askByWriting(bench, 'admin', undefined);
  expect(bench.left).toEqual([]);
  expect(contents()).toEqual(before);
  return Object.fromEntries(found.map(({ id, answer }) => [id, answer]));
}

/** The configuration and the files. */
function contents() {
  return [simulator.exported(), simulator.rows('/file'), simulator.active()];
}

/** Which answer a habit gives; the other one without it. */
const TOLD: [Habit, string, 'yes' | 'no'][] = [
  ['groupSetAdds', 'group-set-adds', 'yes'],
  ['flashInFront', 'flash-in-front', 'yes'],
  ['limitClearsBytes', 'limit-clears-bytes', 'yes'],
  ['targetClearsBytes', 'target-clears-bytes', 'yes'],
  ['disablingClearsBytes', 'disabling-clears-bytes', 'yes'],
  ['queuesCountNothing', 'queue-counts-session', 'no'],
  ['queuesCountOwnTraffic', 'queue-counts-api', 'yes'],
  ['sessionQueueLast', 'session-queue-last', 'yes'],
  ['limitsReachSessions', 'limits-reach-session', 'yes'],
  ['usersCountSessions', 'user-counts-session', 'yes'],
  ['loginNeedsPap', 'login-needs-pap', 'yes'],
  ['queuesSeeOwnAddress', 'queues-see-own-address', 'yes'],
  ['loginByToAddress', 'login-by-to-address', 'yes'],
  ['activeShowsToAddress', 'active-shows-to-address', 'yes'],
  ['plainRatesOnly', 'rates-with-units', 'no'],
  ['remarksOnRows', 'remarks-on-rows', 'yes'],
];
const opposite = { yes: 'no', no: 'yes' };

describe.each(some(['6.49.18', '7.19.4', '7.24'], 2))('RouterOS %s', (version) => {
  test.each(TOLD)('the answer tells whether it has the habit %s', async (habit, id, whenSo) => {
    for (const has of [true, false]) {
      await open({ version, habits: { [habit]: has } });
      addPhone('10.5.50.77');
      if (habit === 'remarksOnRows') addHotspotOnPort();
      expect([has, (await answers())[id]]).toEqual([has, has ? whenSo : opposite[whenSo]]);
      if (!has) continue;
      client.stop();
      await simulator.stop();
    }
  });

  test.each(['page', 'raw'] as const)(
    'refusals in the words "%s" are understood',
    async (vocabulary) => {
      await open({ version, vocabulary });
      addPhone();
      const found = Object.entries(await answers()).filter(([id]) => id.startsWith('refused-'));
      expect(found.filter(([, answer]) => answer !== 'yes')).toEqual([]);
      expect(found).toHaveLength(12);
    },
  );

  test('without a device, what concerns sessions cannot be told', async () => {
    await open({ version, habits: { queuesCountOwnTraffic: true, limitClearsBytes: true } });
    expect(await answers()).toMatchObject({
      ...{ 'limit-clears-bytes': 'yes', 'target-clears-bytes': 'no' },
      ...{ 'login-over-api': 'cannot tell', 'queue-counts-session': 'cannot tell' },
    });
  });
});

/** As somebody may leave it: a server on a port of the bridge does not run. */
function addHotspotOnPort(): void {
  simulator.run(['/ip/hotspot/add', '=name=wrong', '=interface=ether3']);
}

test('a trial that is stopped leaves nothing', async () => {
  await open({}, new AbortController());
  addPhone();
  const before = contents();
  await expect(askByWriting(bench, 'admin', undefined)).rejects.toThrow(TrialStopped);
  expect(simulator.log.writes.length).toBeGreaterThan(10);
  expect(contents()).toEqual(before);
});

test('what a trial left that was cut off is taken away by the next', async () => {
  await open({});
  const before = contents();
  simulator.run(['/queue/simple/add', '=name=pisonet-trial-queue', '=target=192.0.2.77/32']);
  simulator.run(['/ip/hotspot/user/profile/add', '=name=pisonet-trial']);
  simulator.run(['/ip/hotspot/user/add', '=name=pisonet-trial', '=profile=pisonet-trial']);
  simulator.run(['/user/group/add', '=name=pisonet-trial', '=policy=read']);
  expect(await removeLeftovers(bench, client)).toBe(4);
  expect(contents()).toEqual(before);
});
