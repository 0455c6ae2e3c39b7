import {
  Simulator,
  type SimulatedDevice,
  type SimulatorOptions,
} from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const PHONE = { mac: '02:00:00:00:00:0B', address: '10.5.50.7', hostName: 'phone' };

let simulator: Simulator;
let clock: ManualClock;
let phone: SimulatedDevice;

async function start(options: SimulatorOptions = {}): Promise<void> {
  clock = new ManualClock();
  simulator = await Simulator.start({ clock, ...options });
  phone = simulator.addDevice({ ...PHONE, offered: { up: 80_000, down: 800_000 } });
}

beforeEach(() => start());
afterEach(() => simulator.stop());

const run = (...words: string[]) => simulator.run(words);
const user = (...words: string[]) =>
  run('/ip/hotspot/user/add', '=name=ann', '=password=x', ...words);
const login = (...words: string[]) =>
  run('/ip/hotspot/active/login', `=ip=${PHONE.address}`, '=user=ann', '=password=x', ...words);
const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return (error as Error).message.replace('/ip/hotspot/active/login: ', '');
  }
  return 'nothing was refused';
};

describe('login', () => {
  test('needs a host, the right MAC, a known user and the password', () => {
    user();
    expect(refusal(() => login('=ip=10.5.50.9'))).toBe('unknown host IP 10.5.50.9');
    expect(refusal(() => login('=ip=phone'))).toBe('invalid value for argument ip');
    expect(refusal(() => login('=mac-address=02:00:00:00:00:99'))).toBe('wrong MAC provided');
    expect(refusal(() => login('=user=ben'))).toBe('invalid username or password');
    expect(refusal(() => login('=password=y'))).toBe('invalid username or password');
    expect(phone.online).toBe(false);
    login(`=mac-address=${PHONE.mac.toLowerCase()}`);
    expect(phone.online).toBe(true);
    expect(simulator.hosts()).toEqual([
      { mac: PHONE.mac, address: PHONE.address, authorized: true },
    ]);
  });

  test('a disabled user, and one of another device, is kept out', () => {
    user('=disabled=yes');
    expect(refusal(() => login())).toBe('invalid username or password');
    run('/ip/hotspot/user/set', '=.id=ann', '=disabled=no', '=mac-address=02:00:00:00:00:99');
    expect(refusal(() => login())).toBe('user ann is not allowed to log in from this MAC address');
  });

  test('shared-users counts sessions; logging in again on the same device replaces its session', () => {
    user();
    const other = simulator.addDevice({ mac: '02:00:00:00:00:0C', address: '10.5.50.8' });
    login();
    const first = simulator.active()[0]!.id;
    login();
    expect(simulator.active().map(({ id }) => id === first)).toEqual([false]);
    const elsewhere = () => login('=ip=10.5.50.8');
    expect(refusal(elsewhere)).toBe('no more sessions are allowed for user ann');
    run('/ip/hotspot/user/profile/set', '=.id=default', '=shared-users=2');
    elsewhere();
    expect(other.online).toBe(true);
    run('/ip/hotspot/user/add', '=name=ben');
    expect(refusal(() => login('=user=ben', '=password='))).toBe(
      'already authorizing, retry later',
    );
  });
});

describe('limits', () => {
  test('time ends the session at its very moment, and later login is refused', () => {
    user('=limit-uptime=10m');
    login();
    clock.advance(10 * MINUTE - 1);
    expect(phone.online).toBe(true);
    clock.advance(MINUTE);
    expect(phone.online).toBe(false);
    expect(simulator.users()[0]?.uptimeMs).toBe(10 * MINUTE);
    expect(phone.counted).toEqual({ up: 6_000_000, down: 60_000_000 });
    expect(simulator.cookies()).toEqual([]);
    expect(refusal(() => login())).toBe('user ann has reached uptime limit');
  });

  test('bytes end the session at the very byte, both ways together', () => {
    user('=limit-bytes-total=1000001');
    login();
    clock.advance(60 * MINUTE);
    expect(phone.online).toBe(false);
    const { up, down } = phone.counted;
    expect(up + down).toBe(1_000_001);
    expect(simulator.users()[0]?.bytes).toEqual({ up, down });
    expect(refusal(() => login())).toBe('user ann has reached traffic limit');
  });

  test('bytes of one direction count alone', () => {
    user('=limit-bytes-in=1000');
    login();
    clock.advance(MINUTE);
    expect(phone.online).toBe(false);
    expect(phone.counted.up).toBe(1000);
  });

  test('they are totals over all sessions', () => {
    user('=limit-uptime=10m', '=limit-bytes-total=100000000');
    login();
    clock.advance(4 * MINUTE);
    run('/ip/hotspot/active/remove', '=numbers=*1');
    login();
    expect(simulator.rows('/ip/hotspot/active')[0]).toMatchObject({
      'session-time-left': '6m',
      'limit-bytes-total': String(100_000_000 - 4 * 60 * 110_000),
    });
  });

  test('they are fixed when the session begins', () => {
    user('=limit-uptime=10m');
    login();
    run('/ip/hotspot/user/set', '=.id=ann', '=limit-uptime=1m', '=limit-bytes-total=1');
    clock.advance(9 * MINUTE);
    expect(phone.online).toBe(true);
    run('/ip/hotspot/user/set', '=.id=ann', '=limit-uptime=1h', '=limit-bytes-total=0');
    clock.advance(2 * MINUTE);
    expect(phone.online).toBe(false);
  });

  test('the totals of the user stand still while the session runs', () => {
    user();
    login();
    clock.advance(MINUTE);
    expect(simulator.users()[0]).toMatchObject({ uptimeMs: 0, bytes: { up: 0, down: 0 } });
    run('/ip/hotspot/active/remove', '=numbers=*1');
    expect(simulator.users()[0]).toMatchObject({
      uptimeMs: MINUTE,
      bytes: { up: 600_000, down: 6_000_000 },
    });
    run('/ip/hotspot/user/reset-counters', '=.id=ann');
    expect(simulator.users()[0]?.uptimeMs).toBe(0);
  });

  test('bytes pushed by hand stop at the limit', () => {
    user('=limit-bytes-total=501000000');
    expect(phone.download('501M')).toBe(0); // nobody is logged in
    login();
    expect(phone.upload('1M')).toBe(1_000_000);
    expect(phone.download('501M')).toBe(500_000_000);
    expect(phone.online).toBe(false);
  });
});

describe('leaving', () => {
  test('a device out of reach stays logged in until its keepalive timeout', () => {
    user();
    login();
    phone.leave();
    clock.advance(2 * MINUTE - 1);
    expect(phone.online).toBe(true);
    clock.advance(1);
    expect(phone.online).toBe(false);
    expect(simulator.hosts()).toEqual([]);
    expect(phone.counted).toEqual({ up: 0, down: 0 });
  });

  test('silence ends a session whose profile has an idle timeout', () => {
    run('/ip/hotspot/user/profile/set', '=.id=default', '=idle-timeout=5m', '=add-mac-cookie=no');
    user();
    login();
    clock.advance(60 * MINUTE);
    expect(phone.online).toBe(true);
    phone.offer({ up: 0, down: 0 });
    clock.advance(5 * MINUTE);
    expect(phone.online).toBe(false);
    expect(simulator.users()[0]?.uptimeMs).toBe(65 * MINUTE);
  });

  test('a user who is removed stays online: only the session can be thrown out', () => {
    user();
    login();
    run('/ip/hotspot/user/remove', '=.id=ann');
    clock.advance(MINUTE);
    expect(phone.online).toBe(true);
  });
});

describe('cookies', () => {
  test('log a device back in after its host was removed, it moved, or it came back', () => {
    user();
    login();
    expect(simulator.cookies()).toEqual([{ user: 'ann', mac: PHONE.mac }]);
    run('/ip/hotspot/host/remove', '=numbers=*1');
    expect(simulator.active()).toMatchObject([{ user: 'ann', address: PHONE.address }]);
    phone.moveTo('10.5.50.99');
    expect(simulator.active()).toMatchObject([{ user: 'ann', address: '10.5.50.99' }]);
    phone.leave();
    clock.advance(5 * MINUTE);
    expect(phone.online).toBe(false);
    phone.join();
    expect(phone.online).toBe(true);
  });

  test('are gone with an active row removed by hand', () => {
    user();
    login();
    run('/ip/hotspot/active/remove', '=numbers=*1');
    expect(simulator.cookies()).toEqual([]);
    expect(phone.online).toBe(false);
  });

  test('of a user who is gone or refused are of no use', () => {
    user();
    login();
    run('/ip/hotspot/user/disable', '=.id=ann');
    run('/ip/hotspot/host/remove', '=numbers=*1');
    expect(phone.online).toBe(false);
    expect(simulator.cookies()).toEqual([]);
  });

  test('run out', () => {
    user();
    login();
    phone.leave();
    clock.advance(4 * 24 * 60 * MINUTE);
    phone.join();
    expect(phone.online).toBe(false);
  });

  test('are not given where the server or the user profile does not want them', () => {
    user();
    run('/ip/hotspot/profile/set', '=.id=hsprof1', '=login-by=http-pap,cookie');
    login();
    expect(simulator.cookies()).toEqual([]);
    run('/ip/hotspot/profile/set', '=.id=hsprof1', '=login-by=mac-cookie');
    run('/ip/hotspot/user/profile/set', '=.id=default', '=add-mac-cookie=no');
    login();
    expect(simulator.cookies()).toEqual([]);
  });
});

describe('queues of the hotspot', () => {
  test('a profile with a rate limit puts its own queue on top, for as long as the session', () => {
    run('/ip/hotspot/user/profile/set', '=.id=default', '=rate-limit=64k/128k');
    user();
    run('/queue/simple/add', '=name=ours', `=target=${PHONE.address}`, '=max-limit=32000/32000');
    login();
    clock.advance(10 * SECOND);
    expect(simulator.queues()).toMatchObject([
      {
        name: '<hotspot-ann>',
        target: `${PHONE.address}/32`,
        dynamic: true,
        maxLimit: { up: 64_000, down: 128_000 },
        bytes: { up: 80_000, down: 160_000 },
      },
      { name: 'ours', bytes: { up: 0, down: 0 } },
    ]);
    run('/ip/hotspot/active/remove', '=numbers=*1');
    expect(simulator.queues().map(({ name }) => name)).toEqual(['ours']);
  });

  test('insert-queue-before puts it where it is told', () => {
    const rate = ['=rate-limit=64k', '=insert-queue-before=bottom'];
    run('/ip/hotspot/user/profile/set', '=.id=default', ...rate);
    user();
    run('/queue/simple/add', '=name=ours', `=target=${PHONE.address}`);
    login();
    expect(simulator.queues().map(({ name }) => name)).toEqual(['ours', '<hotspot-ann>']);
  });

  test('on RouterOS 6 the server has one that catches everybody, on top again after a reboot', async () => {
    await simulator.stop();
    await start({ version: '6.49.18' });
    user();
    login();
    run('/queue/simple/add', '=name=ours', `=target=${PHONE.address}`, '=max-limit=8000/8000');
    clock.advance(SECOND);
    const bytes = () => simulator.queues().map((queue) => [queue.name, queue.bytes.down]);
    expect(bytes()).toEqual([
      ['hs-<hotspot1>', 100_000],
      ['ours', 0],
    ]);
    run('/queue/simple/move', '=numbers=ours', '=destination=hs-<hotspot1>');
    clock.advance(SECOND);
    expect(bytes()).toEqual([
      ['ours', 1000],
      ['hs-<hotspot1>', 100_000],
    ]);
    simulator.reboot();
    expect(bytes()).toEqual([
      ['hs-<hotspot1>', 0],
      ['ours', 0],
    ]);
  });
});

describe('bindings', () => {
  test('a bypassed device needs no login, a blocked one gets none', () => {
    user();
    run('/ip/hotspot/ip-binding/add', `=mac-address=${PHONE.mac}`, '=type=bypassed');
    clock.advance(SECOND);
    expect(phone.counted.down).toBe(100_000);
    expect(simulator.rows('/ip/hotspot/host')[0]).toMatchObject({
      bypassed: 'true',
      authorized: 'false',
      'bytes-out': '100000',
    });
    run('/ip/hotspot/ip-binding/set', '=numbers=*1', '=type=blocked');
    clock.advance(SECOND);
    expect(phone.counted.down).toBe(100_000);
    expect(refusal(() => login())).toBe('host is not subject to login');
    run('/ip/hotspot/ip-binding/remove', '=numbers=*1');
    login();
    expect(phone.online).toBe(true);
  });

  test('can be made from a host', () => {
    run('/ip/hotspot/host/make-binding', '=numbers=*1', '=type=bypassed', '=comment=till');
    expect(simulator.rows('/ip/hotspot/ip-binding')).toMatchObject([
      { 'mac-address': PHONE.mac, type: 'bypassed', comment: 'till' },
    ]);
  });
});

describe('a reboot', () => {
  test('loses counters and sessions, keeps configuration and cookies, and hosts come back', () => {
    user();
    login();
    run('/queue/simple/add', '=name=ours', `=target=${PHONE.address}`);
    clock.advance(MINUTE);
    expect(simulator.queues()[0]?.bytes.down).toBe(6_000_000);
    simulator.reboot({ bootMs: 30 * SECOND, clockLost: true });
    expect(simulator.queues()[0]?.bytes).toEqual({ up: 0, down: 0 });
    expect(simulator.active()).toEqual([]);
    expect(simulator.hosts()).toEqual([]);
    expect(simulator.users()[0]?.uptimeMs).toBe(0); // a power cut leaves no time to write it down
    clock.advance(40 * SECOND);
    expect(simulator.rows('/system/resource')[0]?.['uptime']).toBe('10s');
    expect(simulator.rows('/system/clock')[0]).toMatchObject({
      date: '1970-01-02',
      time: '00:00:10',
    });
    expect(simulator.active()).toMatchObject([{ user: 'ann', uptimeMs: 10 * SECOND }]);
    expect(simulator.rows('/ip/hotspot/active')[0]?.['login-by']).toBe('mac-cookie');
  });

  test('in good order writes down what the sessions used', () => {
    user();
    login();
    clock.advance(MINUTE);
    run('/system/reboot');
    expect(simulator.users()[0]?.uptimeMs).toBe(MINUTE);
  });
});

test('time may run faster than the clock, and setting the wall clock does not touch it', async () => {
  await simulator.stop();
  await start({ speed: 60 });
  user();
  login();
  clock.advance(SECOND);
  expect(phone.counted.down).toBe(6_000_000);
  clock.set('2030-01-01T00:00:00Z');
  expect(phone.counted.down).toBe(6_000_000);
});

test('an address given to another device takes the old host and its session away', () => {
  user();
  login();
  phone.leave();
  simulator.addDevice({ mac: '02:00:00:00:00:0C', address: PHONE.address });
  expect(simulator.hosts()).toEqual([
    { mac: '02:00:00:00:00:0C', address: PHONE.address, authorized: false },
  ]);
  expect(phone.online).toBe(false);
  expect(() => phone.join()).toThrow('address is in use');
});
