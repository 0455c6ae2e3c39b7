import type { HotspotHost } from '../../src/domain/network/network';
import { RouterUnreachable } from '../../src/errors';
import { RouterBusy } from '../../src/routeros/api/connection';
import { DeviceFinder } from '../../src/services/loop/router/device-finder';
import { ManualClock } from '../support/manual-clock';
import type { Mac } from '../../src/domain/units';

/** Which device asks, told from what was seen lately or by the router itself. */

const PACE = { pollMs: 10_000, pageQuestionMs: 1_000, pageAgeMs: 20_000 };
let clock: ManualClock;
let finder: DeviceFinder;
/** The router's host table, and the questions it was asked. */
let table: HotspotHost[];
let asked: string[][];
let trouble: Error | undefined;

function host(last: number, address = `10.5.50.${last}`): HotspotHost {
  const mac = `02:00:00:00:00:${last}` as Mac;
  return {
    id: `*${last}`,
    mac,
    address,
    queueAddress: address,
    authorized: false,
    bypassed: false,
    uptimeMs: 0,
    idleMs: 0,
    deadMs: null,
  };
}

async function afterASecond<T>(answer: Promise<T>): Promise<T> {
  await new Promise(setImmediate);
  clock.advance(1_000);
  return answer;
}

beforeEach(() => {
  clock = new ManualClock();
  table = [];
  asked = [];
  trouble = undefined;
  const ask = async (addresses: readonly string[]) => {
    asked.push([...addresses]);
    await new Promise(setImmediate);
    if (trouble) throw trouble;
    return new Map(
      addresses.map((address) => [address, table.find((one) => one.queueAddress === address)]),
    );
  };
  finder = new DeviceFinder({ work: ask, page: ask }, clock, PACE);
});

test('a thousand pages of known devices cost one question a second', async () => {
  table = Array.from({ length: 50 }, (_, n) => host(10 + n));
  finder.sawAll(table);
  for (let second = 0; second < 5; second += 1) {
    const pages = Array.from({ length: 200 }, (_, n) => finder.lately(table[n % 50]!.address));
    const found = await Promise.all(pages);
    expect(found.map((one) => one?.mac)).toEqual(found.map((_, n) => table[n % 50]!.mac));
    clock.advance(1_000);
  }
  expect(asked.length).toBeLessThanOrEqual(5);
});

test('all unknown addresses that wait are asked for together, and not again at once', async () => {
  table = [host(10), host(11)];
  await finder.lately('10.5.50.9');
  const pages = ['10.5.50.10', '10.5.50.11', '10.5.50.12'].map((one) => finder.lately(one));
  const found = await afterASecond(Promise.all(pages));
  expect(found.map((one) => one?.mac)).toEqual([table[0]!.mac, table[1]!.mac, undefined]);
  expect(asked).toEqual([['10.5.50.9'], ['10.5.50.10', '10.5.50.11', '10.5.50.12']]);
  expect(await finder.lately('10.5.50.12')).toBeUndefined();
  expect(asked).toHaveLength(2);
});

test('while the line is free a page is told what is true now, not what the last round saw', async () => {
  finder.sawAll([host(10)]);
  table = [host(20, '10.5.50.10')];
  expect((await finder.lately('10.5.50.10'))?.mac).toBe(host(20).mac);
});

test('an address whose host changed tells of the new one from then on', async () => {
  finder.sawAll([host(10)]);
  await finder.lately('10.5.50.99'); // the line is not free now
  expect((await finder.lately('10.5.50.10'))?.mac).toBe(host(10).mac);
  // The device has another address now, as its own look shows.
  table = [host(10, '10.5.50.77')];
  await finder.now('10.5.50.77');
  expect(await afterASecond(finder.lately('10.5.50.10'))).toBeUndefined();
});

test('what is known is not told for longer than a round and a bit', async () => {
  finder.sawAll([host(10)]);
  clock.advance(20_000);
  trouble = new RouterBusy('busy');
  await expect(finder.lately('10.5.50.10')).rejects.toBeInstanceOf(RouterBusy);
});

test('while the router is busy pages are told what the last round saw; while it is away they say so', async () => {
  finder.sawAll([host(10)]);
  trouble = new RouterBusy('busy');
  expect((await finder.lately('10.5.50.10'))?.mac).toBe(host(10).mac);
  clock.advance(1_000);
  trouble = new RouterUnreachable('away');
  await expect(finder.lately('10.5.50.10')).rejects.toThrow('away');
});

test('what grants something asks the router each time', async () => {
  finder.sawAll([host(10)]);
  table = [host(20, '10.5.50.10')];
  expect((await finder.now('10.5.50.10'))?.mac).toBe(host(20).mac);
  table = [];
  expect(await finder.now('10.5.50.10')).toBeUndefined();
  expect(asked).toHaveLength(2);
});

test('a crowd that grants something shares questions, each put after it came', async () => {
  table = Array.from({ length: 40 }, (_, n) => host(10 + n));
  const first = finder.now(table[0]!.address);
  await Promise.resolve();
  await Promise.resolve();
  const rest = table.slice(1).map(({ address }) => finder.now(address));
  await Promise.all([first, ...rest]);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toHaveLength(39);
});

test('a page without codes asks only about an address that no round has seen lately', async () => {
  finder.sawAll([host(10)]);
  table = [host(20, '10.5.50.10'), host(11)];
  expect(await finder.roughly('10.5.50.10')).toMatchObject({ mac: host(10).mac, isSure: true });
  clock.advance(1_000);
  expect(await finder.roughly('10.5.50.10')).toMatchObject({ mac: host(10).mac, isSure: false });
  expect(asked).toEqual([]);
  expect((await finder.roughly('10.5.50.11'))?.mac).toBe(host(11).mac);
  clock.advance(19_000);
  expect((await finder.roughly('10.5.50.10'))?.mac).toBe(host(20).mac);
  expect(asked).toEqual([['10.5.50.11'], ['10.5.50.10']]);
});

test('whom a round let in or out is known so; whose address changed meanwhile stays who it is', async () => {
  finder.sawAll([host(10), host(11)]);
  finder.saw('10.5.50.11', host(20, '10.5.50.11'));
  finder.changedAll([host(10), host(11)].map((one) => ({ ...one, authorized: true })));
  expect(await finder.roughly('10.5.50.10')).toMatchObject({ authorized: true });
  expect(await finder.roughly('10.5.50.11')).toMatchObject({
    mac: host(20).mac,
    authorized: false,
  });
});
