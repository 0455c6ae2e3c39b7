import fc from 'fast-check';
import {
  difference as differenceWith,
  isEmpty,
  type Departure,
  type Difference,
} from '../../src/domain/network/diff';
import {
  ceilings,
  isOurs,
  POOL_COMMENT,
  POOL_NAME,
  queueComment,
  queueName,
  queueOwner,
  readUserComment,
  userComment,
  type ActualNetwork,
  type DesiredNetwork,
  type DesiredPool,
  type DesiredUser,
  type HotspotUser,
  type SimpleQueue,
} from '../../src/domain/network/network';
import { RowPasswords } from '../../src/domain/network/row-passwords';
import { PLAIN, type Shaping } from '../../src/domain/policy/shaping';
import {
  addressOf,
  aDesiredDevice,
  aDesiredUser,
  aForeignQueue,
  aHost,
  anActive,
  aNetwork,
  aQueue,
  aUser,
  DAY,
  HOUR,
  macOf,
  MB,
  MINUTE,
  rates,
} from '../support/builders';

const POOL: DesiredPool = { interfaces: ['bridge'], rate: rates(20_000_000, 100_000_000) };
const PASSWORDS = new RowPasswords('secret of the shop');
const difference = (
  desired: DesiredNetwork,
  actual: ActualNetwork,
  departures: readonly Departure[],
) => differenceWith(desired, actual, departures, PASSWORDS);
const SHAPED: Shaping = {
  burst: { rate: rates(4_000_000), threshold: rates(1_000_000), seconds: 16 },
  priority: 2,
  limitAt: rates(32_000),
};

/** Devices that are in, each under its own voucher `V1`, `V2`…, and everything as it should be. */
function shop(...numbers: number[]): { desired: DesiredNetwork; actual: ActualNetwork } {
  return {
    desired: {
      users: numbers.map((n) => aDesiredUser(`V${n}`)),
      devices: numbers.map((n) => aDesiredDevice(n, `V${n}`)),
      pool: null,
    },
    actual: aNetwork({
      users: numbers.map((n) => aUser(`V${n}`)),
      active: numbers.map((n) => anActive(n, `V${n}`)),
      hosts: numbers.map((n) => aHost(n)),
      queues: numbers.map((n) => aQueue(n)),
    }),
  };
}

/** Only the lists of a difference that hold something. */
function writes(diff: Difference): Partial<Difference> {
  return Object.fromEntries(
    Object.entries(diff).filter(([, list]: [string, unknown[]]) => list.length > 0),
  );
}

function queueWrites(queues: SimpleQueue[]): Partial<Difference> {
  const { desired, actual } = shop(1, 2);
  return writes(difference(desired, { ...actual, queues }, []));
}

describe('nothing to do', () => {
  test('when the router is as desired, in whatever order its rows come', () => {
    const { desired, actual } = shop(1, 2, 3, 4, 5, 6);
    const shuffled = <T>(list: readonly T[]) =>
      fc.shuffledSubarray([...list], { minLength: list.length });
    fc.assert(
      fc.property(
        shuffled(actual.users),
        shuffled(actual.active),
        shuffled(actual.hosts),
        shuffled(actual.queues),
        (users, active, hosts, queues) => {
          const diff = difference(desired, aNetwork({ users, active, hosts, queues }), []);
          expect(writes(diff)).toEqual({});
          expect(isEmpty(diff)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('for a device that is away: its queue waits for it with its counters', () => {
    const { desired, actual } = shop(1, 2);
    const away = { ...actual, active: [anActive(2, 'V2')], hosts: [aHost(2)] };
    expect(writes(difference(desired, away, []))).toEqual({});
  });

  test('for a device that is away and has no queue yet', () => {
    const { desired } = shop(1);
    expect(writes(difference(desired, aNetwork({ users: [aUser('V1')] }), []))).toEqual({});
  });

  test("on an empty router without customers, and on one full of somebody else's rows", () => {
    const nobody = { users: [], devices: [], pool: null };
    expect(writes(difference(nobody, aNetwork(), []))).toEqual({});
    const theirs = aNetwork({
      users: [aUser('office', { comment: '', profile: 'default' })],
      active: [anActive(1, 'office')],
      hosts: [aHost(1), aHost(2, { bypassed: true })],
      queues: [aForeignQueue('*1'), aForeignQueue('*2', { targets: ['0.0.0.0/0'] })],
    });
    expect(writes(difference(nobody, theirs, []))).toEqual({});
  });
});

test('a new customer gets a user, a queue and a login', () => {
  const { desired } = shop(1);
  const router = aNetwork({ hosts: [aHost(1, { authorized: false })] });
  expect(writes(difference(desired, router, []))).toEqual({
    addUsers: [
      {
        name: 'V1',
        profile: 'pisonet-1x',
        limitUptimeMs: HOUR,
        limitBytes: null,
        comment: 'pisonet:voucher V1 age=0 up=0 bytes=0',
        mac: desired.users[0]!.mac,
        password: 'V1',
      },
    ],
    addQueues: [
      {
        queue: {
          name: 'pisonet-02:00:00:00:00:01',
          target: '10.5.50.1/32',
          parent: null,
          maxLimit: rates(1_000_000, 2_000_000),
          ...PLAIN,
          comment: 'pisonet:device 02:00:00:00:00:01',
        },
        mac: macOf(1),
        address: '10.5.50.1',
        beforeId: undefined,
      },
    ],
    logins: [{ mac: macOf(1), address: '10.5.50.1', code: 'V1', password: 'V1' }],
  });
});

describe('a line that all customers share', () => {
  const interfaces = ['bridge'];
  const pooled = (n: number) => aQueue(n, { parent: POOL_NAME });
  const thePool = aForeignQueue('*P', {
    name: POOL_NAME,
    comment: POOL_COMMENT,
    targets: interfaces,
    maxLimit: POOL.rate,
  });

  test('gets a queue of its speed, and the customers go below it', () => {
    const { desired, actual } = shop(1);
    const diff = writes(difference({ ...desired, pool: POOL }, actual, []));
    expect(diff).toMatchObject({
      addPool: [
        {
          queue: { name: POOL_NAME, target: 'bridge', parent: null, maxLimit: POOL.rate },
          beforeId: undefined,
        },
      ],
      setQueues: [{ queue: actual.queues[0], set: { parent: POOL_NAME } }],
    });
    expect(Object.keys(diff)).toEqual(['setQueues', 'addPool']);
  });

  test('once made is left alone, and changed in place when the line is another', () => {
    const { desired, actual } = shop(1);
    const there = { ...actual, queues: [thePool, pooled(1)] };
    expect(writes(difference({ ...desired, pool: POOL }, there, []))).toEqual({});
    const faster = { ...POOL, rate: rates(50_000_000, 200_000_000) };
    expect(writes(difference({ ...desired, pool: faster }, there, []))).toEqual({
      setPool: [{ queue: thePool, set: { maxLimit: faster.rate } }],
    });
  });

  test('that is not told any more goes, after its customers left it', () => {
    const { desired, actual } = shop(1);
    const there = { ...actual, queues: [thePool, pooled(1)] };
    expect(writes(difference(desired, there, []))).toEqual({
      setQueues: [{ queue: there.queues[1], mac: macOf(1), set: { parent: null } }],
      removePools: [thePool],
    });
  });

  test('stands right above the first queue that would take a customer, and no higher', () => {
    const { desired, actual } = shop(1);
    const office = aForeignQueue('*O', { targets: ['10.5.50.200/32'] });
    const wide = aForeignQueue('*W', { targets: ['10.5.50.0/24'] });
    const there = { ...actual, queues: [office, wide, thePool, pooled(1)] };
    expect(writes(difference({ ...desired, pool: POOL }, there, []))).toEqual({
      moveQueues: [{ queue: thePool, beforeId: '*W' }],
    });
    const none = { ...actual, queues: [office, wide] };
    expect(difference({ ...desired, pool: POOL }, none, [])).toMatchObject({
      addPool: [{ beforeId: '*W' }],
      addQueues: [{ beforeId: undefined }],
    });
  });
});

test("a plan's burst, priority and promise are set in place, and taken away in place", () => {
  const { desired, actual } = shop(1);
  const [device] = desired.devices;
  const shaped = { ...desired, devices: [{ ...device!, shaping: SHAPED }] };
  const set = { limitAt: SHAPED.limitAt, priority: 2, burst: SHAPED.burst };
  expect(writes(difference(shaped, actual, []))).toEqual({
    setQueues: [{ queue: actual.queues[0], mac: macOf(1), set }],
  });
  const there = { ...actual, queues: [aQueue(1, SHAPED)] };
  expect(writes(difference(shaped, there, []))).toEqual({});
  expect(writes(difference(desired, there, []))).toEqual({
    setQueues: [
      {
        queue: there.queues[0],
        mac: macOf(1),
        set: { limitAt: rates(0), priority: 8, burst: null },
      },
    ],
  });
});

describe('a queue somebody changed by hand', () => {
  const other = aQueue(2);

  test.each<[string, Partial<SimpleQueue>, Difference['setQueues'][number]['set']]>([
    ['renamed', { name: 'Tita Baby' }, { name: queueName(macOf(1)) }],
    ['its limit', { maxLimit: rates(9, 9) }, { maxLimit: rates(1_000_000, 2_000_000) }],
    [
      'its upload limit only',
      { maxLimit: rates(9, 2_000_000) },
      { maxLimit: rates(1_000_000, 2_000_000) },
    ],
    ['its target', { targets: ['10.9.9.9/32'] }, { target: '10.5.50.1/32' }],
    ['a second target', { targets: ['10.5.50.1/32', '10.9.9.9/32'] }, { target: '10.5.50.1/32' }],
    ['disabled', { disabled: true }, { disabled: false }],
    ['its comment wiped', { comment: '' }, { comment: queueComment(macOf(1)) }],
    ['its comment rewritten', { comment: 'pisonet: mine' }, { comment: queueComment(macOf(1)) }],
  ])('%s: is set right in place, and keeps its id and counters', (_, edit, set) => {
    const edited = aQueue(1, edit);
    expect(queueWrites([edited, other])).toEqual({
      setQueues: [{ queue: edited, mac: macOf(1), address: set.target && '10.5.50.1', set }],
    });
  });

  test('all of it at once: one write', () => {
    const edited = aQueue(1, {
      name: 'x',
      targets: ['bridge'],
      maxLimit: rates(0),
      disabled: true,
    });
    expect(queueWrites([edited, other])).toEqual({
      setQueues: [
        {
          queue: edited,
          mac: macOf(1),
          address: '10.5.50.1',
          set: {
            name: queueName(macOf(1)),
            target: '10.5.50.1/32',
            maxLimit: rates(1_000_000, 2_000_000),
            disabled: false,
          },
        },
      ],
    });
  });

  test('removed: is made again', () => {
    expect(queueWrites([other])).toMatchObject({
      addQueues: [{ mac: macOf(1), queue: { name: queueName(macOf(1)) } }],
    });
  });

  test('renamed and its comment wiped: cannot be told from theirs, so a new one is put above it', () => {
    const lost = aQueue(1, { name: 'Tita Baby', comment: '' });
    expect(queueWrites([lost, other])).toMatchObject({ addQueues: [{ beforeId: lost.id }] });
  });

  test.each<[string, Partial<SimpleQueue>]>([
    ['everything', { targets: ['0.0.0.0/0'] }],
    ['the hotspot network', { targets: ['10.5.48.0/20'] }],
    ['the address itself', { targets: ['10.5.50.1/32', '10.5.50.2/32'] }],
    ['an interface', { targets: ['bridge-hotspot'] }],
    [
      'the hotspot network, as the 6.49 server makes it',
      { targets: ['bridge-hotspot'], dynamic: true },
    ],
  ])('moved below a queue that catches %s: goes up again', (_, theirs) => {
    const rival = aForeignQueue('*F', theirs);
    const below = [aQueue(1), aQueue(2)] as const;
    expect(queueWrites([rival, ...below])).toEqual({
      moveQueues: below.map((queue) => ({ queue, beforeId: '*F' })),
    });
    expect(queueWrites([below[1], rival, below[0]])).toEqual({
      moveQueues: [{ queue: below[0], beforeId: '*F' }],
    });
    expect(queueWrites([...below, rival])).toEqual({});
  });

  test.each<[string, Partial<SimpleQueue>]>([
    ['is disabled', { targets: ['0.0.0.0/0'], disabled: true }],
    ['is invalid', { targets: ['bridge-gone'], invalid: true }],
    ['catches others', { targets: ['10.99.0.0/16', '10.5.50.77/32'] }],
    ['is for IPv6', { targets: ['::/0'] }],
  ])('below a queue that %s: stays', (_, theirs) => {
    expect(queueWrites([aForeignQueue('*F', theirs), aQueue(1), aQueue(2)])).toEqual({});
  });

  test('goes above the first of several that catch it', () => {
    const wide = aForeignQueue('*W', { targets: ['10.0.0.0/8'] });
    const exact = aForeignQueue('*E', { targets: ['10.5.50.1/32'] });
    const moved = (queues: SimpleQueue[]) =>
      queueWrites([aQueue(2), ...queues, aQueue(1)]).moveQueues?.map(({ beforeId }) => beforeId);
    expect(moved([wide, exact])).toEqual(['*W']);
    expect(moved([exact, wide])).toEqual(['*E']);
    const added = (queues: SimpleQueue[]) =>
      queueWrites([aQueue(2), ...queues]).addQueues?.[0]?.beforeId;
    expect(added([wide, exact])).toBe('*W');
    expect(added([exact, wide])).toBe('*E');
  });
});

describe('queues and addresses', () => {
  test('a device with a new address keeps its queue, retargeted', () => {
    const { desired, actual } = shop(1);
    const address = '10.5.50.200';
    const moved = {
      ...actual,
      active: [anActive(1, 'V1', { address })],
      hosts: [aHost(1, { address, queueAddress: address })],
    };
    expect(writes(difference(desired, moved, []))).toMatchObject({
      setQueues: [{ set: { target: '10.5.50.200/32' } }],
    });
  });

  test.each([
    ['both, since which of them queues see is not known', [], '10.5.50.77/32,192.168.1.50/32'],
    [
      "its own no more where that is another device's",
      [aHost(2, { address: '192.168.1.50', queueAddress: '192.168.1.50' })],
      '10.5.50.77/32',
    ],
  ])('where the hotspot translates an address the queue has %s', (_, others, target) => {
    const { desired, actual } = shop(1);
    const host = aHost(1, { address: '192.168.1.50', queueAddress: '10.5.50.77' });
    const active = [anActive(1, 'V1', { address: '192.168.1.50' })];
    const diff = difference(desired, { ...actual, hosts: [host, ...others], active }, []);
    expect(writes(diff)).toMatchObject({ setQueues: [{ set: { target } }] });
  });

  test.each([
    ['another customer', {}],
    ['somebody who has not paid', { authorized: false }],
    ['a device that needs no login', { bypassed: true, authorized: false }],
  ])('the queue of an absent device goes when %s has its address', (_, host) => {
    const { desired, actual } = shop(1);
    const next = aHost(2, { address: addressOf(1), queueAddress: addressOf(1), ...host });
    const diff = difference(desired, { ...actual, active: [], hosts: [next] }, []);
    expect(writes(diff)).toEqual({ removeQueues: actual.queues });
  });

  test.each([[['10.5.0.0/16']], [['bridge']], [['10.5.50.1/32', '10.5.50.2/32']], [[]]])(
    'the queue of an absent device goes when it was widened to %j',
    (targets) => {
      const { desired, actual } = shop(1);
      const queues = [aQueue(1, { targets })];
      const diff = difference(desired, { ...actual, active: [], hosts: [], queues }, []);
      expect(writes(diff)).toEqual({ removeQueues: queues });
    },
  );

  test('of doubles the one with the right name stays, wherever it stands', () => {
    const copy = aQueue(1, { id: '*D', name: 'pisonet copy' });
    const two = aQueue(2);
    expect(queueWrites([copy, aQueue(1), two])).toEqual({ removeQueues: [copy] });
    expect(queueWrites([aQueue(1), two, copy])).toEqual({ removeQueues: [copy] });
  });

  test('a queue of ours that belongs to no device goes', () => {
    const odd = aQueue(9, { name: 'x', comment: 'pisonet:something old' });
    const gone = aQueue(9, { id: '*G' });
    expect(queueWrites([odd, aQueue(1), gone, aQueue(2)]).removeQueues).toEqual(
      expect.arrayContaining([odd, gone]),
    );
  });

  test('a queue with our kind of name, but not our mark, is left alone until we need the name', () => {
    const theirs = aQueue(9, { comment: '' });
    expect(queueWrites([theirs, aQueue(1), aQueue(2)])).toEqual({});
    const { desired, actual } = shop(9);
    const diff = difference(desired, { ...actual, queues: [theirs] }, []);
    expect(writes(diff)).toMatchObject({
      setQueues: [{ queue: theirs, set: { comment: queueComment(macOf(9)) } }],
    });
  });

  test('such a queue of a device that left does not take the next one its packets', () => {
    const theirs = aQueue(9, { comment: '', targets: [`${addressOf(1)}/32`] });
    expect(queueWrites([theirs, aQueue(1), aQueue(2)])).toMatchObject({
      moveQueues: [{ queue: { id: '*A1' }, beforeId: theirs.id }],
    });
  });

  test('a name that only looks like a device is not one, and stops nothing', () => {
    const names = ['pisonet-', 'pisonet-ff:ff:ff:ff:ff:ff', 'pisonet-pool', 'pisonet-02:00'];
    const odd = names.map((name, n) => aForeignQueue(`*N${n}`, { name }));
    expect(queueWrites([aQueue(1), aQueue(2), ...odd])).toEqual({});
    expect(queueOwner({ name: 'pisonet-aa:bb:cc:dd:ee:0f', comment: '' })).toBe(
      'AA:BB:CC:DD:EE:0F',
    );
  });
});

describe('a user row', () => {
  function userWrites(user: HotspotUser, wanted: Partial<DesiredUser> = {}): Partial<Difference> {
    const { desired, actual } = shop(1);
    const users = [aDesiredUser('V1', wanted)];
    return writes(difference({ ...desired, users }, { ...actual, users: [user] }, []));
  }

  test('on another profile or disabled is set right, and nobody is logged out for it', () => {
    const edited = aUser('V1', { profile: 'default', disabled: true });
    expect(userWrites(edited)).toEqual({
      setUsers: [{ user: edited, set: { profile: 'pisonet-1x', disabled: false } }],
    });
  });

  test('whose limits were changed is set right; its session has old limits, so it is logged out and in', () => {
    const edited = aUser('V1', { limitUptimeMs: 9 * HOUR, limitBytes: 5 });
    const active = anActive(1, 'V1');
    expect(userWrites(edited)).toEqual({
      setUsers: [{ user: edited, set: { limitUptimeMs: HOUR, limitBytes: null } }],
      removeActive: [active],
      forget: [{ mac: macOf(1), code: 'V1' }],
      logins: [{ mac: macOf(1), address: addressOf(1), code: 'V1', password: 'V1' }],
    });
  });

  test('that lost its comment is marked again with limits that never cut early, and is at rest then', () => {
    const granted = { wallMs: HOUR, uptimeMs: null, bytes: 1000 * MB };
    const used = { wallMs: 30 * MINUTE, uptimeMs: 0, bytes: 600 * MB };
    const found = aUser('V1', { comment: '', limitBytes: 1000 * MB });
    const comment = 'pisonet:voucher V1 age=0 up=0 bytes=0';
    expect(userWrites(found, { granted, used })).toEqual({
      setUsers: [{ user: found, set: { comment, password: 'V1' } }],
    });
    expect(userWrites({ ...found, comment }, { granted, used })).toEqual({});
  });

  describe('lets in', () => {
    const shared = { mac: null, devices: 2 };
    const bare = aUser('V1').comment;
    const password = PASSWORDS.of({ code: 'V1', mac: null });
    const comment = `${bare} key=${PASSWORDS.markOf({ code: 'V1', mac: null })}`;

    test('the one device its voucher is for, by its code', () => {
      for (const mac of [null, macOf(7)]) {
        const found = aUser('V1', { mac });
        const set = { mac: macOf(1) };
        expect(userWrites(found, set)).toEqual({ setUsers: [{ user: found, set }] });
      }
    });

    test('by a password nobody knows where its voucher is for several devices', () => {
      const found = aUser('V1', { mac: macOf(1), profile: 'pisonet-2x', limitUptimeMs: 2 * HOUR });
      expect(userWrites(found, shared)).toEqual({
        setUsers: [{ user: found, set: { mac: null, password, comment } }],
      });
      expect(userWrites({ ...found, mac: null, comment }, shared)).toEqual({});
      expect(password).toMatch(/^[\w-]{32}$/);
      expect(comment).not.toContain(password.slice(0, 8));
    });

    test('nobody by a password of another secret, or by one it had for several devices', () => {
      const key = new RowPasswords('another secret').markOf({ code: 'V1', mac: null });
      const profile = { mac: null, profile: 'pisonet-2x', limitUptimeMs: 2 * HOUR };
      const old = aUser('V1', { ...profile, comment: `${bare} key=${key}` });
      expect(userWrites(old, shared)).toEqual({
        setUsers: [{ user: old, set: { password, comment } }],
      });
      const was = aUser('V1', { comment });
      const set = { password: 'V1', comment: bare };
      expect(userWrites(was)).toEqual({ setUsers: [{ user: was, set }] });
    });
  });

  test('of ours that no voucher has goes', () => {
    const { desired, actual } = shop(1);
    const old = aUser('V9');
    const diff = difference(desired, { ...actual, users: [...actual.users, old] }, []);
    expect(writes(diff)).toEqual({ removeUsers: [old] });
  });

  test("a name that is somebody else's is said, and neither it nor its sessions are touched", () => {
    const { desired, actual } = shop(1);
    const theirs = aUser('V1', { profile: 'default', comment: 'the owner himself' });
    const stranger = anActive(7, 'V1');
    const diff = difference(
      desired,
      { ...actual, users: [theirs], active: [stranger], hosts: [aHost(1), aHost(7)] },
      [{ mac: macOf(7), code: 'V1' }],
    );
    expect(writes(diff)).toMatchObject({ conflicts: ['hotspot user "V1"'] });
    expect(diff).toMatchObject({ addUsers: [], setUsers: [], removeActive: [], logins: [] });
  });
});

describe('the ceilings of the router', () => {
  const base = { wallMs: 0, uptimeMs: 0, bytes: 0 };
  const of = (differences: Partial<DesiredUser>, from = base) =>
    ceilings(aDesiredUser('V1', differences), from);

  test.each<[string, Partial<DesiredUser>, typeof base, number | null, number | null]>([
    ['validity', {}, base, HOUR, null],
    ['what was left of it', {}, { ...base, wallMs: 50 * MINUTE }, 10 * MINUTE, null],
    ['validity of three devices together', { devices: 3 }, base, 3 * HOUR, null],
    [
      'online time below validity',
      { granted: { wallMs: DAY, uptimeMs: HOUR, bytes: 5 } },
      base,
      HOUR,
      5,
    ],
    ['no limit', { granted: { wallMs: null, uptimeMs: null, bytes: null } }, base, null, null],
    [
      'nothing left: never 0, which is no limit',
      { granted: { wallMs: 0, uptimeMs: 0, bytes: 0 } },
      base,
      1000,
      1,
    ],
    [
      'part of a second: rounded up',
      { granted: { wallMs: 1500, uptimeMs: null, bytes: null } },
      base,
      2000,
      null,
    ],
  ])('%s', (_, user, from, limitUptimeMs, limitBytes) => {
    expect(of(user, from)).toEqual({ limitUptimeMs, limitBytes });
  });

  test('a comment reads back as it was written, and one that was edited reads as nothing gone', () => {
    const comment = userComment('AB12', { wallMs: 61_999, uptimeMs: 5_000, bytes: 12_345_678_901 });
    expect(comment).toBe('pisonet:voucher AB12 age=61 up=5 bytes=12345678901');
    expect(readUserComment(comment)).toEqual({
      code: 'AB12',
      base: { wallMs: 61_000, uptimeMs: 5_000, bytes: 12_345_678_901 },
    });
    expect(readUserComment('pisonet:voucher AB12 VIP age=x').base).toEqual(base);
    expect(readUserComment('somebody')).toEqual({ code: undefined, base });
  });
});

describe('who must be out', () => {
  test('a device whose voucher is over loses user, session, cookies, host and queue', () => {
    const { actual } = shop(1);
    const departure = { mac: macOf(1), code: 'V1' };
    expect(writes(difference({ users: [], devices: [], pool: null }, actual, [departure]))).toEqual(
      {
        removeUsers: actual.users,
        removeActive: actual.active,
        forget: [departure],
        removeHosts: actual.hosts,
        removeQueues: actual.queues,
      },
    );
  });

  test('one of two devices leaves: the voucher, the other device and its queue stay', () => {
    const user = aUser('A', { profile: 'pisonet-2x', limitUptimeMs: 2 * HOUR });
    const actual = aNetwork({
      users: [user],
      active: [anActive(1, 'A'), anActive(2, 'A')],
      hosts: [aHost(1), aHost(2)],
      queues: [aQueue(1), aQueue(2)],
    });
    const desired = {
      users: [aDesiredUser('A', { devices: 2 })],
      devices: [aDesiredDevice(2, 'A')],
      pool: null,
    };
    const departure = { mac: macOf(1), code: 'A' };
    expect(writes(difference(desired, actual, [departure]))).toEqual({
      removeActive: [actual.active[0]],
      forget: [departure],
      removeHosts: [actual.hosts[0]],
      removeQueues: [actual.queues[0]],
    });
  });

  test('a device that changes vouchers is logged out and in, and keeps its host and queue', () => {
    const { actual } = shop(1);
    const desired = {
      users: [aDesiredUser('B')],
      devices: [aDesiredDevice(1, 'B')],
      pool: null,
    };
    const departure = { mac: macOf(1), code: 'V1' };
    expect(writes(difference(desired, actual, [departure]))).toMatchObject({
      removeUsers: actual.users,
      removeActive: actual.active,
      forget: [departure],
      addUsers: [{ name: 'B' }],
      logins: [{ mac: macOf(1), code: 'B' }],
    });
    const { removeHosts, removeQueues, setQueues } = difference(desired, actual, [departure]);
    expect([removeHosts, removeQueues, setQueues]).toEqual([[], [], []]);
  });

  test('a device that is in under the code of another is logged out', () => {
    const { desired, actual } = shop(1);
    const thief = anActive(5, 'V1');
    const diff = difference(desired, { ...actual, active: [...actual.active, thief] }, []);
    expect(writes(diff)).toEqual({
      removeActive: [thief],
      forget: [{ mac: macOf(5), code: 'V1' }],
    });
  });

  test('a departure that left nothing behind but cookies has these looked up', () => {
    const departure = { mac: macOf(1), code: 'V1' };
    const nobody = { users: [], devices: [], pool: null };
    expect(writes(difference(nobody, aNetwork(), [departure, departure]))).toEqual({
      forget: [departure],
    });
  });

  test("somebody else's login on a customer's device, and a device that needs none, are left alone", () => {
    const { desired, actual } = shop(1, 2);
    const active = [anActive(1, 'office')];
    const hosts = [aHost(1), aHost(2, { bypassed: true, authorized: false })];
    const diff = difference(desired, { ...actual, active, hosts }, []);
    expect(writes(diff)).toEqual({});
  });
});

const DEVICES = 6;
const device = fc.integer({ min: 1, max: DEVICES });
const anyRate = fc.constantFrom(rates(1_000_000, 2_000_000), rates(64_000), rates(0));
const bool = fc.boolean();

/** Every device on at most one of three vouchers, or on none. */
const anyDesired: fc.Arbitrary<DesiredNetwork> = fc
  .tuple(
    fc.array(
      fc.record({
        device,
        code: fc.constantFrom('A', 'B', 'C'),
        rate: anyRate,
        shaping: fc.constantFrom(PLAIN, SHAPED),
      }),
      { maxLength: 8 },
    ),
    fc.constantFrom(null, POOL),
  )
  .chain(([list, pool]) => {
    const devices = [...new Map(list.map((one) => [one.device, one])).values()];
    const codes = [...new Set(devices.map(({ code }) => code))];
    const user = fc.record({
      devices: fc.constantFrom(1, 2, 10),
      bound: device,
      granted: fc.record({
        wallMs: fc.option(fc.nat(DAY), { nil: null }),
        uptimeMs: fc.option(fc.nat(DAY), { nil: null }),
        bytes: fc.option(fc.nat(5 * MB), { nil: null }),
      }),
      used: fc.record({ wallMs: fc.nat(DAY), uptimeMs: fc.nat(DAY), bytes: fc.nat(5 * MB) }),
    });
    return fc.tuple(...codes.map(() => user)).map((users) => ({
      users: users.map(({ bound, ...one }, n) => ({
        ...one,
        mac: one.devices === 1 ? macOf(bound) : null,
        code: codes[n]!,
      })),
      devices: devices.map(({ device: n, ...rest }) => aDesiredDevice(n, rest.code, rest)),
      pool,
    }));
  });

const anyTargets = fc
  .constantFrom(
    ['10.5.50.1/32'],
    ['10.5.50.2/32'],
    ['10.5.50.1/32', '10.5.50.3/32'],
    ['10.5.0.0/16'],
    ['0.0.0.0/0'],
    ['bridge'],
    ['172.16.0.1/32'],
  )
  .map((targets): string[] => [...targets]);
/** What comments may say of a row's password. */
const KEYS: Record<string, (code: string) => string | undefined> = {
  none: () => undefined,
  right: (code) => PASSWORDS.markOf({ code, mac: null }),
  another: (code) => new RowPasswords('secret of before').markOf({ code, mac: null }),
};
const anyUserRow: fc.Arbitrary<HotspotUser> = fc
  .record({
    name: fc.constantFrom('A', 'B', 'C', 'D', 'office'),
    profile: fc.constantFrom('pisonet-1x', 'pisonet-2x', 'default'),
    limitUptimeMs: fc.constantFrom(null, HOUR),
    limitBytes: fc.constantFrom(null, MB),
    mac: fc.constantFrom(null, macOf(1), macOf(2)),
    mark: bool,
    key: fc.constantFrom('none', 'right', 'another'),
    base: fc.record({ wallMs: fc.nat(DAY), uptimeMs: fc.nat(DAY), bytes: fc.nat(MB) }),
    disabled: bool,
  })
  .map(({ mark, key, base, ...row }) => ({
    ...row,
    id: '',
    uptimeMs: 0,
    comment: mark ? userComment(row.name, base, KEYS[key]!(row.name)) : 'written by hand',
  }));
const anyQueueRow: fc.Arbitrary<SimpleQueue> = fc
  .record({
    device,
    isNamed: bool,
    targets: fc.option(anyTargets, { nil: undefined }),
    maxLimit: anyRate,
    comment: fc.constantFrom('ours', 'ours', 'odd', 'none'),
    parent: fc.constantFrom(null, null, 'pisonet-pool', 'theirs'),
    shaping: fc.constantFrom(PLAIN, SHAPED),
    disabled: bool,
    invalid: bool,
    dynamic: fc.constantFrom(false, false, true),
  })
  .map(({ device: n, isNamed, targets, comment, dynamic, shaping, ...row }) =>
    aQueue(n, {
      ...row,
      ...shaping,
      dynamic,
      id: '',
      name: dynamic || !isNamed ? '' : queueName(macOf(n)),
      comment:
        dynamic || comment === 'none'
          ? ''
          : comment === 'odd'
            ? 'pisonet:odd'
            : queueComment(macOf(n)),
      ...(targets ? { targets } : {}),
    }),
  );
/** The queue above the others, as it was left by whoever. */
const anyPoolRow: fc.Arbitrary<SimpleQueue> = fc
  .record({
    name: fc.constantFrom(POOL_NAME, ''),
    comment: fc.constantFrom(POOL_COMMENT, ''),
    targets: anyTargets,
    maxLimit: anyRate,
    disabled: bool,
  })
  .map((row) => aForeignQueue('', row));
/** Rows by hand, doubles, foreign ones: all that keeps the router's own rules, such as unique names. */
const anyActual: fc.Arbitrary<ActualNetwork> = fc
  .record({
    users: fc.uniqueArray(anyUserRow, { selector: ({ name }) => name, maxLength: 5 }),
    queues: fc.array(fc.oneof({ weight: 5, arbitrary: anyQueueRow }, anyPoolRow), {
      maxLength: 10,
    }),
    hosts: fc.uniqueArray(fc.record({ device, moved: bool, authorized: bool, bypassed: bool }), {
      selector: (one) => one.device,
      maxLength: DEVICES,
    }),
    active: fc.uniqueArray(
      fc.record({ device, moved: bool, user: fc.constantFrom('A', 'B', 'C', 'D', 'office') }),
      { selector: (one) => one.device, maxLength: DEVICES },
    ),
  })
  .map(({ users, queues, hosts, active }) => {
    const names = new Set<string>();
    return aNetwork({
      users: users.map((row, n) => ({ ...row, id: `*U${n}` })),
      queues: queues.map((row, n) => {
        const name = row.name !== '' && !names.has(row.name) ? row.name : `row ${n}`;
        names.add(name);
        return { ...row, name, id: `*Q${n}` };
      }),
      hosts: hosts.map(({ device: n, moved, ...host }) => {
        const address = moved ? addressOf(n + 20) : addressOf(n);
        return aHost(n, { ...host, address, queueAddress: address });
      }),
      active: active.map(({ device: n, moved, user }) =>
        anActive(n, user, { address: moved ? addressOf(n + 20) : addressOf(n) }),
      ),
    });
  });
const anyDepartures: fc.Arbitrary<Departure[]> = fc.array(
  fc.record({ mac: device.map(macOf), code: fc.constantFrom('A', 'B', 'C', 'D') }),
  { maxLength: 4 },
);

/** A router as far as a difference needs one; it refuses doubles of a name, as RouterOS does. */
function apply(actual: ActualNetwork, diff: Difference): ActualNetwork {
  const without = <T>(list: readonly T[], gone: readonly T[]) =>
    list.filter((one) => !gone.includes(one));
  let users = without(actual.users, diff.removeUsers);
  users.push(
    ...diff.addUsers.map((user) => ({
      ...user,
      id: `*new ${user.name}`,
      disabled: false,
      uptimeMs: 0,
    })),
  );
  users = users.map((row) => {
    const change = diff.setUsers.find(({ user }) => user === row);
    return change ? { ...row, ...change.set } : row;
  });

  let queues = without(actual.queues, diff.removeQueues);
  const change = (row: SimpleQueue, { target, ...set }: Difference['setPool'][number]['set']) => ({
    ...row,
    ...set,
    ...(target === undefined ? {} : { targets: target.split(',') }),
  });
  const place = (queue: SimpleQueue, beforeId: string | undefined) => {
    const index = queues.findIndex(({ id }) => id === beforeId);
    queues.splice(index < 0 ? queues.length : index, 0, queue);
  };
  for (const { queue, beforeId } of [...diff.addPool, ...diff.addQueues]) {
    const { target, ...rest } = queue;
    place(aForeignQueue(`*new ${queue.name}`, { ...rest, targets: [target] }), beforeId);
  }
  queues = queues.map((row) => {
    const changes = [...diff.setPool, ...diff.setQueues].filter(({ queue }) => queue.id === row.id);
    return changes.reduce((changed, { set }) => change(changed, set), row);
  });
  for (const { queue, beforeId } of diff.moveQueues) {
    const index = queues.findIndex(({ id }) => id === queue.id);
    const [moved] = queues.splice(index, 1);
    place(moved!, beforeId);
  }
  queues = queues.filter(({ id }) => !diff.removePools.some((pool) => pool.id === id));
  for (const list of [users, queues]) {
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  }

  const hosts = without(actual.hosts, diff.removeHosts);
  const active = without(actual.active, diff.removeActive);
  for (const { mac, address, code } of diff.logins) {
    expect(hosts.some((host) => host.mac === mac && host.address === address)).toBe(true);
    expect(active.some((session) => session.mac === mac)).toBe(false);
    active.push({ id: `*new ${mac}`, user: code, mac, address, uptimeMs: 0, bytes: rates(0) });
  }
  return { ...actual, users, queues, hosts, active };
}

/** The password of a row of ours, as its comment tells. */
function passwordIn({ name, comment }: HotspotUser): string | undefined {
  const { key } = readUserComment(comment);
  if (key === undefined) return isOurs({ comment }) ? name : undefined;
  const shared = { code: name, mac: null };
  return key === PASSWORDS.markOf(shared) ? PASSWORDS.of(shared) : undefined;
}

describe('whatever stands on the router', () => {
  test('one step makes it right, and after it there is nothing to do', () => {
    fc.assert(
      fc.property(anyDesired, anyActual, anyDepartures, (desired, actual, departures) => {
        const first = difference(desired, actual, departures);
        const after = apply(actual, first);
        const second = difference(desired, after, []);
        expect(writes({ ...second, conflicts: [] })).toEqual({});
        expect(second.conflicts).toEqual(first.conflicts);
      }),
      { numRuns: 2000 },
    );
  });

  test('after one step each row has the password that devices are logged in with', () => {
    fc.assert(
      fc.property(anyDesired, anyActual, anyDepartures, (desired, actual, departures) => {
        const diff = difference(desired, actual, departures);
        for (const user of desired.users) {
          const wanted = PASSWORDS.of(user);
          const found = actual.users.find(({ name }) => name === user.code);
          if (found && diff.conflicts.includes(`hotspot user "${found.name}"`)) continue;
          const written = found
            ? diff.setUsers.find((change) => change.user === found)?.set
            : diff.addUsers.find(({ name }) => name === user.code);
          expect(written?.password ?? (found && passwordIn(found))).toBe(wanted);
          for (const login of diff.logins.filter(({ code }) => code === user.code)) {
            expect(login.password).toBe(wanted);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("no change is ever made to a row that is somebody else's", () => {
    fc.assert(
      fc.property(anyDesired, anyActual, anyDepartures, (desired, actual, departures) => {
        const diff = difference(desired, actual, departures);
        const isMarked = (row: { comment: string }) => isOurs(row);
        expect(diff.removeUsers.every(isMarked)).toBe(true);
        // A row without our mark is taken for ours only by a profile or a name that is ours.
        for (const { user } of diff.setUsers) {
          expect(isMarked(user) || user.profile.startsWith('pisonet-')).toBe(true);
        }
        const touched = [
          ...diff.removeQueues,
          ...diff.setQueues.map(({ queue }) => queue),
          ...diff.moveQueues.map(({ queue }) => queue),
          ...diff.setPool.map(({ queue }) => queue),
          ...diff.removePools,
        ];
        expect(diff.removePools.every(isMarked)).toBe(true);
        for (const queue of touched) {
          expect(queue.dynamic).toBe(false);
          const isOursByName = queueOwner(queue) !== undefined || queue.name === POOL_NAME;
          expect(isMarked(queue) || isOursByName).toBe(true);
        }
        const theirs = new Set(
          actual.users
            .filter((user) => !isMarked(user) && !user.profile.startsWith('pisonet-'))
            .map(({ name }) => name),
        );
        expect(diff.removeActive.some(({ user }) => theirs.has(user))).toBe(false);
        expect(
          diff.removeActive.some(
            ({ user }) =>
              user === 'office' && !actual.users.some((one) => one.name === user && isMarked(one)),
          ),
        ).toBe(false);
        expect(diff.logins.some(({ code }) => theirs.has(code))).toBe(false);
        const leaving = new Set(departures.map(({ mac }) => mac));
        expect(diff.removeHosts.every(({ mac }) => leaving.has(mac))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("each present customer's queue is the first that takes its packets", () => {
    fc.assert(
      fc.property(anyDesired, anyActual, (desired, actual) => {
        const after = apply(actual, difference(desired, actual, []));
        for (const { mac } of desired.devices) {
          const host = after.hosts.find((one) => one.mac === mac);
          if (!host || after.active.some((one) => one.mac === mac && one.address !== host.address))
            continue;
          const target = `${host.address}/32`;
          const first = after.queues.find(
            ({ targets, disabled, invalid, parent }) =>
              !disabled &&
              !invalid &&
              parent === null &&
              targets.some((one) => [target, '0.0.0.0/0', '10.5.0.0/16', 'bridge'].includes(one)),
          );
          const own = after.queues.find((one) => queueOwner(one) === mac);
          if (own?.invalid) continue;
          if (desired.pool) {
            // Below the pool nobody else's queue stands, so the pool is what must come first.
            expect(own?.parent).toBe(POOL_NAME);
            expect(first?.name).toBe(POOL_NAME);
          } else expect(first && queueOwner(first)).toBe(mac);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('five thousand devices beside a thousand queues of somebody else are compared quickly', () => {
    const numbers = Array.from({ length: 5000 }, (_, n) => n + 1);
    const { desired, actual } = shop(...numbers);
    const theirs = Array.from({ length: 1000 }, (_, n) =>
      aForeignQueue(`*F${n}`, { targets: [`172.16.${n >> 8}.${n & 255}/32`] }),
    );
    const startedAt = performance.now();
    const diff = difference(desired, { ...actual, queues: [...theirs, ...actual.queues] }, []);
    expect(isEmpty(diff)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
