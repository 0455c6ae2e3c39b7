import fc from 'fast-check';
import { Simulator, type SimulatedDevice } from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';

const SECOND = 1000;

let simulator: Simulator;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await Simulator.start({ clock });
});
afterEach(() => simulator.stop());

const run = (...words: string[]) => simulator.run(words);
const queue = (name: string, target: string, ...words: string[]) =>
  run('/queue/simple/add', `=name=${name}`, `=target=${target}`, ...words);
const bytesOf = (name: string) => simulator.queues().find((each) => each.name === name)?.bytes;

/** Logged in as its own user, at 10.5.50.N. */
function online(number: number, offered = { up: 80_000, down: 800_000 }): SimulatedDevice {
  const address = `10.5.50.${number}`;
  const mac = `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
  const device = simulator.addDevice({ mac, address, offered });
  run('/ip/hotspot/user/add', `=name=user${number}`);
  run('/ip/hotspot/active/login', `=ip=${address}`, `=user=user${number}`);
  return device;
}

describe('the first queue that fits', () => {
  test('counts and shapes; what stands below sees nothing', () => {
    const phone = online(7);
    queue('wrong', '10.5.50.8');
    queue('upper', '10.5.50.0/24', '=max-limit=0/400000');
    queue('lower', '10.5.50.7', '=max-limit=8000/8000');
    clock.advance(SECOND);
    expect(simulator.queues().map(({ name, bytes }) => [name, bytes.up, bytes.down])).toEqual([
      ['wrong', 0, 0],
      ['upper', 10_000, 50_000],
      ['lower', 0, 0],
    ]);
    expect(simulator.queues()[1]?.rate).toEqual({ up: 80_000, down: 400_000 });
    expect(phone.counted).toEqual({ up: 10_000, down: 50_000 });
  });

  test('shapes and counts nothing, where queues have that habit', async () => {
    await simulator.stop();
    simulator = await Simulator.start({ clock, habits: { queuesCountNothing: true } });
    const phone = online(7);
    queue('own', '10.5.50.7', '=max-limit=0/400000');
    clock.advance(SECOND);
    expect(bytesOf('own')).toEqual({ up: 0, down: 0 });
    expect(simulator.queues()[0]?.rate).toEqual({ up: 80_000, down: 400_000 });
    expect(phone.counted).toEqual({ up: 10_000, down: 50_000 });
    expect(simulator.active()[0]?.bytes).toEqual({ up: 10_000, down: 50_000 });
  });

  test('shares its rate out to its children: promises first, then by priority, then evenly', () => {
    for (const number of [7, 8, 9]) online(number, { up: 0, down: 900_000 });
    queue('line', '10.5.50.0/24', '=max-limit=0/1000000');
    const child = (number: number, ...words: string[]) =>
      queue(`c${number}`, `10.5.50.${number}`, '=parent=line', ...words);
    const shares = () => {
      const rates = simulator.queues().filter(({ name }) => name.startsWith('c'));
      return rates.map(({ rate }) => Math.round(rate.down / 1000));
    };
    child(7);
    child(8);
    child(9, '=max-limit=0/100000');
    expect(shares()).toEqual([450, 450, 100]);
    run('/queue/simple/set', '=.id=c7', '=priority=1/1');
    expect(shares()).toEqual([900, 50, 50]);
    run('/queue/simple/set', '=.id=c8', '=limit-at=0/300000');
    expect(shares()).toEqual([700, 300, 0]);
  });

  test('is another one when a queue is disabled, moved, retargeted or removed', () => {
    online(7);
    queue('a', '10.5.50.7');
    queue('b', '10.5.50.7');
    const second = () => {
      const before = [bytesOf('a')?.down ?? 0, bytesOf('b')?.down ?? 0];
      clock.advance(SECOND);
      return ['a', 'b'].filter((name, at) => (bytesOf(name)?.down ?? 0) > before[at]!);
    };
    expect(second()).toEqual(['a']);
    run('/queue/simple/move', '=numbers=b', '=destination=a');
    expect(second()).toEqual(['b']);
    run('/queue/simple/disable', '=.id=b');
    expect(second()).toEqual(['a']);
    run('/queue/simple/enable', '=.id=b');
    expect(second()).toEqual(['b']);
    run('/queue/simple/set', '=.id=b', '=target=10.5.50.8');
    expect(second()).toEqual(['a']);
    run('/queue/simple/remove', '=.id=a');
    expect(second()).toEqual([]);
  });

  test('may be found by interface', () => {
    online(7);
    queue('everybody', 'bridge-hotspot');
    queue('uplink', 'ether1', '=place-before=everybody');
    clock.advance(SECOND);
    expect(bytesOf('everybody')?.down).toBe(100_000);
    expect(bytesOf('uplink')?.down).toBe(0);
  });

  test('inside a parent counts for both, and only if the parent fits too', () => {
    online(7);
    online(8);
    queue('parent', '10.5.50.7', '=max-limit=0/400000');
    queue('child', '10.5.50.0/24', '=parent=parent');
    clock.advance(SECOND);
    expect(bytesOf('parent')?.down).toBe(50_000);
    expect(bytesOf('child')?.down).toBe(50_000);
    run('/queue/simple/remove', '=.id=parent');
    expect(simulator.rows('/queue/simple')[0]?.['invalid']).toBe('true');
    clock.advance(SECOND);
    expect(bytesOf('child')?.down).toBe(50_000);
  });

  test('shared by several is shared out by what they ask for', () => {
    const [small, big] = [online(7, { up: 0, down: 200_000 }), online(8, { up: 0, down: 600_000 })];
    queue('both', '10.5.50.0/24', '=max-limit=0/400000');
    clock.advance(8 * SECOND);
    expect([small.counted.down, big.counted.down]).toEqual([100_000, 300_000]);
    big.leave();
    clock.advance(8 * SECOND);
    expect(small.counted.down).toBe(300_000);
  });
});

test('without a queue traffic is neither held back nor counted by one', () => {
  const phone = online(7);
  clock.advance(SECOND);
  expect(phone.counted).toEqual({ up: 10_000, down: 100_000 });
});

test('an enabled FastTrack rule takes traffic past every queue; the hotspot still counts', () => {
  const phone = online(7);
  queue('ours', '10.5.50.7', '=max-limit=8000/8000');
  run('/ip/firewall/filter/add', '=chain=forward', '=action=fasttrack-connection');
  clock.advance(SECOND);
  expect(bytesOf('ours')).toEqual({ up: 0, down: 0 });
  expect(phone.counted.down).toBe(100_000);
  expect(simulator.active()[0]?.bytes.down).toBe(100_000);
  run('/ip/firewall/filter/disable', '=numbers=*1');
  clock.advance(SECOND);
  expect(bytesOf('ours')?.down).toBe(1000);
});

test('counters restart on reset and on disabling, and survive other edits', () => {
  const phone = online(7);
  queue('pisonet-02:00:00:00:00:07', '10.5.50.7');
  const own = () => simulator.queueOf(phone.mac)!;
  clock.advance(SECOND);
  run('/queue/simple/set', '=.id=*1', '=max-limit=40000/40000', '=comment=pisonet:x');
  expect(own().bytes.down).toBe(100_000);
  clock.advance(SECOND);
  expect(own().bytes.down).toBe(105_000);
  run('/queue/simple/reset-counters', '=numbers=*1');
  expect(own().bytes).toEqual({ up: 0, down: 0 });
  clock.advance(SECOND);
  run('/queue/simple/reset-counters-all');
  expect(own().bytes.down).toBe(0);
  clock.advance(SECOND);
  simulator.resetCounters(own().name);
  expect(own().bytes.down).toBe(0);
  clock.advance(SECOND);
  run('/queue/simple/disable', '=.id=*1');
  run('/queue/simple/enable', '=.id=*1');
  expect(own().bytes.down).toBe(0);
});

test('what is pushed by hand goes where the queues send it', () => {
  const phone = online(7, { up: 0, down: 0 });
  queue('ours', '10.5.50.7', '=max-limit=1000/1000');
  expect(phone.download('501M')).toBe(501_000_000);
  expect(phone.upload(7)).toBe(7);
  expect(bytesOf('ours')).toEqual({ up: 7, down: 501_000_000 });
  expect(() => phone.download('a lot')).toThrow("'a lot' is not an amount");
});

test('monitor-traffic sees the customers and the uplink from their own sides', () => {
  online(7);
  const rates = (name: string) =>
    run('/interface/monitor-traffic', `=interface=${name}`, '=once=')[0]!;
  expect(rates('bridge-hotspot')).toContain('=rx-bits-per-second=80000');
  expect(rates('ether1')).toContain('=rx-bits-per-second=800000');
});

/** Things that happen to a network, in any order. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 100_000 }) }),
  fc.record({ what: fc.constant('target' as const), at: fc.nat(2), device: fc.nat(2) }),
  fc.record({ what: fc.constant('limit' as const), at: fc.nat(2), rate: fc.nat(2_000_000) }),
  fc.record({ what: fc.constant('switch' as const), at: fc.nat(2), on: fc.boolean() }),
  fc.record({ what: fc.constant('move' as const), at: fc.nat(2), before: fc.nat(2) }),
  fc.record({ what: fc.constant('offer' as const), device: fc.nat(2), rate: fc.nat(5_000_000) }),
  fc.record({ what: fc.constant('push' as const), device: fc.nat(2), bytes: fc.nat(9_000_000) }),
);

test('no byte is lost or counted twice: catch-all + queues = devices = sessions = hosts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 30 }), async (happenings) => {
      await simulator.stop();
      clock = new ManualClock();
      simulator = await Simulator.start({ clock });
      const devices = [7, 8, 9].map((number) => online(number));
      for (const name of ['q0', 'q1', 'q2']) queue(name, '10.5.50.7');
      queue('rest', 'bridge-hotspot');
      let kept = 0; // what disabling made the queues forget
      for (const happened of happenings) {
        switch (happened.what) {
          case 'wait':
            clock.advance(happened.ms);
            break;
          case 'target':
            run(
              '/queue/simple/set',
              `=.id=q${happened.at}`,
              `=target=10.5.50.${7 + happened.device}`,
            );
            break;
          case 'limit':
            run('/queue/simple/set', `=.id=q${happened.at}`, `=max-limit=${happened.rate}/0`);
            break;
          case 'switch':
            if (!happened.on) kept += total(bytesOf(`q${happened.at}`)!);
            run('/queue/simple/set', `=.id=q${happened.at}`, `=disabled=${!happened.on}`);
            break;
          case 'move':
            run(
              '/queue/simple/move',
              `=numbers=q${happened.at}`,
              `=destination=q${happened.before}`,
            );
            break;
          case 'offer':
            devices[happened.device]!.offer({ up: happened.rate, down: happened.rate });
            break;
          case 'push':
            devices[happened.device]!.download(happened.bytes);
        }
      }
      clock.advance(SECOND);
      const counted = sum(devices.map((device) => total(device.counted)));
      expect(sum(simulator.queues().map(({ bytes }) => total(bytes))) + kept).toBe(counted);
      expect(sum(simulator.active().map(({ bytes }) => total(bytes)))).toBe(counted);
      const hosts = simulator.rows('/ip/hotspot/host');
      expect(sum(hosts.map((row) => Number(row['bytes-in']) + Number(row['bytes-out'])))).toBe(
        counted,
      );
    }),
    { numRuns: 60 },
  );
});

const total = ({ up, down }: { up: number; down: number }) => up + down;
const sum = (numbers: number[]) => numbers.reduce((before, number) => before + number, 0);
