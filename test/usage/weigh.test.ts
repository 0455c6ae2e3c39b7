import fc from 'fast-check';
import { account, post, type Accounts } from '../../src/domain/loop/accounting';
import { isCountedBySession, type LoopState } from '../../src/domain/loop/loop-state';
import { countSessions } from '../../src/domain/loop/session-count';
import { presences } from '../../src/domain/network/network';
import { ShopCalendar } from '../../src/domain/shop/shop-calendar';
import { total, type Rates } from '../../src/domain/units';
import {
  addressOf,
  aHost,
  anActive,
  aNetwork,
  aQueue,
  aRunningVoucher,
  aSession,
  at,
  macOf,
  MB,
  rates,
  SECOND,
  someBooks,
  someTerms,
} from '../support/builders';
import { runs, sameEachTime } from '../support/program/run-counts';

/**
 * The rule against a router of a few lines: whatever its queues and sessions do, nothing is counted twice, and what
 * is missing passed close to something that happened to the counters.
 */

const calendar = new ShopCalendar('Asia/Manila');
const ROUND_MS = 10 * SECOND;
/** As in `weigh`: a session that moved by less tells nothing. */
const TELLING_BYTES = 100_000;

/** One device, and what the router has of it. */
class Device {
  readonly used = rates(0);
  /** Nothing that passed is missing in the books beyond this. */
  allowed = 0;
  /** The queue counts what passes. */
  counts = true;
  private queue = rates(0);
  /** What the router prints of it; a print may be late. */
  private printed: Rates | undefined;
  private queueNumber = 0;
  private session = { number: 0, began: 0, bytes: rates(0) };
  private isOnline = true;
  private address: string;
  private queueAddress: string;
  /** Since the last round, and in the last one that told something. */
  private passed = 0;
  private passedBefore = 0;
  private isSomething = false;
  /** Since the last round. */
  isSessionNew = false;

  constructor(readonly n: number) {
    this.address = this.queueAddress = addressOf(n);
  }

  pass(bytes: Rates): void {
    if (!this.isOnline) return;
    const isShaped = this.address === this.queueAddress;
    for (const way of ['up', 'down'] as const) {
      this.used[way] += bytes[way];
      this.session.bytes[way] += bytes[way];
      if (this.counts && isShaped) this.queue[way] += bytes[way];
    }
    this.passed += total(bytes);
  }

  /** From here on both counters may be wrong about what passed in this round, and in the one before. */
  private happened(): void {
    this.isSomething = true;
  }

  blind(isBlind: boolean): void {
    this.happened();
    this.counts = !isBlind;
  }

  freeze(isFrozen: boolean): void {
    this.happened();
    // One that is late already stays as late: it does not come nearer by part of a round.
    this.printed = isFrozen ? (this.printed ?? { ...this.queue }) : undefined;
  }

  resetQueue(isNew: boolean): void {
    this.happened();
    this.queue = rates(0);
    this.printed = undefined;
    if (isNew) this.queueNumber += 1;
  }

  leave(): void {
    this.happened();
    this.isOnline = false;
  }

  begin(nowMs: number): void {
    this.happened();
    this.isOnline = this.isSessionNew = true;
    this.session = { number: this.session.number + 1, began: nowMs, bytes: rates(0) };
  }

  move(nowMs: number): void {
    this.begin(nowMs);
    this.address = addressOf(1000 * this.n + this.session.number);
  }

  /** Somebody gave the queue another target. */
  retarget(): void {
    this.happened();
    this.queueAddress = addressOf(5000 + this.n);
  }

  get id(): string {
    return `*A${this.n}.${this.queueNumber}`;
  }

  seen(nowMs: number) {
    const { number, began, bytes } = this.session;
    const session = anActive(this.n, 'A', {
      ...{ id: `*B${this.n}.${number}`, address: this.address },
      ...{ uptimeMs: nowMs - began, bytes: { ...bytes } },
    });
    return {
      host: { ...aHost(this.n), address: this.address, queueAddress: this.address },
      queue: aQueue(this.n, {
        ...{ id: this.id, targets: [`${this.queueAddress}/32`] },
        bytes: { ...(this.printed ?? this.queue) },
      }),
      active: this.isOnline ? [session] : [],
    };
  }

  /** The round put the queue where the device is. */
  looked(): void {
    this.queueAddress = this.address;
    if (this.isSomething) this.allowed += this.passed + this.passedBefore + 2 * TELLING_BYTES;
    this.isSomething = this.isSessionNew = false;
    if (this.passed >= TELLING_BYTES) this.passedBefore = this.passed;
    this.passed = 0;
  }
}

/** A router with two devices on one voucher, and the books of its shop. */
class World {
  readonly devices = [new Device(1), new Device(2)];
  private nowMs = 0;
  private lookedMs = 0;
  private boot = 1;
  private readonly booked = new Map<string, Rates>();
  readonly switches: string[] = [];
  state: LoopState = someBooks(
    [aRunningVoucher('A', { terms: someTerms({ devices: 2 }) })],
    [aSession(1, 'A'), aSession(2, 'A')],
  );

  do({ device: n, kind, up, down }: Step): void {
    const device = this.devices[n]!;
    switch (kind) {
      case 'pass': return device.pass({ up, down });
      case 'round': return this.round();
      case 'read': return this.readQueues();
      case 'busy': device.pass({ up, down }); return this.round();
      case 'blind': return device.blind(true);
      case 'count': return device.blind(false);
      case 'freeze': return device.freeze(true);
      case 'thaw': return device.freeze(false);
      case 'reset': return device.resetQueue(false);
      case 'remake': return device.resetQueue(true);
      case 'relogin': return device.begin(this.nowMs);
      case 'retarget': return device.retarget();
      case 'leave': return device.leave();
      case 'move': return device.move(this.nowMs);
      case 'reboot': return this.reboot();
    } // prettier-ignore
  }

  private reboot(): void {
    this.boot += 1;
    for (const device of this.devices) {
      device.resetQueue(false);
      device.begin(this.nowMs);
    }
  }

  round(): void {
    this.nowMs += ROUND_MS;
    const seen = this.devices.map((device) => device.seen(this.nowMs));
    const queues = seen.map(({ queue }) => queue);
    const network = aNetwork({
      ...{ queues, hosts: seen.map(({ host }) => host) },
      active: seen.flatMap(({ active }) => active),
    });
    const times = { at: at(this.nowMs), previousAt: at(this.lookedMs), boot: this.boot };
    const present = presences(network);
    const sessions = countSessions(this.state, queues, present, times);
    const active = [...present.values()].flatMap((one) => one.active ?? []);
    const accounts = account(this.state, queues, active, times, calendar, sessions);
    this.book(accounts);
    this.lookedMs = this.nowMs;
    for (const device of this.devices) device.looked();
  }

  /** As before and after a queue is changed. */
  readQueues(): void {
    // It comes right after a look, by the same connection.
    if (this.devices.some(({ isSessionNew }) => isSessionNew)) return;
    const times = { at: at(this.nowMs), previousAt: at(this.lookedMs), boot: this.boot };
    const queues = this.devices.map((device) => device.seen(this.nowMs).queue);
    this.book(account(this.state, queues, [], times, calendar));
  }

  private book(accounts: Accounts): void {
    for (const { mac, bytes } of accounts.usage) {
      const sum = this.booked.get(mac) ?? rates(0);
      this.booked.set(mac, { up: sum.up + bytes.up, down: sum.down + bytes.down });
    }
    this.switches.push(...(accounts.switches ?? []).map(({ to }) => to));
    this.state = post(this.state, accounts);
  }

  ofBooks({ n }: Device): Rates {
    return this.booked.get(macOf(n)) ?? rates(0);
  }

  isStill({ n }: Device): boolean {
    const counter = this.state.sessionCounters.get(macOf(n));
    return counter !== undefined && isCountedBySession(counter);
  }
}

const CALM = ['pass', 'round', 'busy', 'read'] as const;
const EVENTS = [
  ...(['blind', 'count', 'freeze', 'thaw', 'reset', 'remake'] as const),
  ...(['relogin', 'leave', 'move', 'reboot'] as const),
];

interface Step {
  device: 0 | 1;
  kind: (typeof CALM)[number] | (typeof EVENTS)[number] | 'retarget';
  up: number;
  down: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  device: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const),
  kind: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...CALM) },
    { weight: 3, arbitrary: fc.constant('busy' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...EVENTS) },
  ),
  up: fc.integer({ min: 0, max: 3 * MB }),
  down: fc.integer({ min: 0, max: 30 * MB }),
});

test('whatever happens, nothing is counted twice, and what is missing passed while something happened', () => {
  fc.assert(
    // Few steps: what is lost in one place would hide what is counted twice in another.
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const world = new World();
      const isRight = () => {
        for (const device of world.devices) {
          const { up, down } = world.ofBooks(device);
          expect(up).toBeLessThanOrEqual(device.used.up);
          expect(down).toBeLessThanOrEqual(device.used.down);
        }
      };
      world.round();
      for (const one of steps) {
        world.do(one);
        if (one.kind !== 'pass') isRight();
      }
      // Whoever is in doubt is not any more, and nothing waits to be counted.
      for (let round = 0; round < 3; round += 1) {
        for (const device of world.devices) device.pass(rates(MB, MB));
        world.round();
        isRight();
      }
      for (const device of world.devices) {
        const missing = total(device.used) - total(world.ofBooks(device));
        expect(missing).toBeLessThanOrEqual(device.allowed);
      }
      const { used } = world.state.vouchers.get('A')!;
      const sum = world.devices.map((one) => total(world.ofBooks(one)));
      expect(total(used)).toBe(sum[0]! + sum[1]!);
    }),
    { numRuns: runs(15_000, 1_000), ...sameEachTime(20261126) },
  );
});

const steps = (...kinds: (Step['kind'] | [Step['kind'], up: number, down: number])[]): Step[] =>
  kinds.map((one) => {
    const [kind, up, down] = typeof one === 'string' ? ([one, MB, MB] as const) : one;
    return { device: 0, kind, up, down };
  });

/** What the first device used, what the books have of it, and to what its usage was taken from in turn. */
function after(...kinds: Parameters<typeof steps>) {
  const world = new World();
  world.round();
  for (const one of steps(...kinds)) world.do(one);
  const [device] = world.devices as [Device];
  return { used: device.used, booked: world.ofBooks(device), switches: world.switches };
}

describe('a queue that stands still', () => {
  test('for one round is not doubted, and what the session alone counted is not billed', () => {
    const { booked, switches } = after('blind', 'busy', 'count', 'busy', 'busy');
    expect([booked, switches]).toEqual([rates(2 * MB), []]);
  });

  test('for two rounds gives way to the session, with both of them, until it counts again', () => {
    const { used, booked, switches } = after(
      'busy',
      'blind',
      'busy',
      'busy',
      'busy',
      'count',
      'busy',
    );
    expect(used).toEqual(rates(5 * MB));
    expect([booked, switches]).toEqual([used, ['session', 'queue']]);
  });

  test('tells nothing while the session hardly moves, and that is taken later too', () => {
    const little: [Step['kind'], number, number] = ['busy', 20_000, 20_000];
    expect(after('blind', little, little)).toMatchObject({ booked: rates(0) });
    const slow = after('blind', ...Array.from({ length: 6 }, () => little));
    expect([slow.booked, slow.switches]).toEqual([rates(120_000), ['session']]);
  });

  test('is not proved by idle rounds', () => {
    const { booked, switches } = after('blind', 'busy', 'round', 'round', 'count', 'busy');
    expect([booked, switches]).toEqual([rates(MB), []]);
  });

  test('is not doubted for standing at zero where its counter began again', () => {
    const { booked, switches } = after(
      'pass',
      'remake',
      'round',
      'pass',
      'remake',
      'round',
      'busy',
    );
    expect([booked, switches]).toEqual([rates(MB), []]);
  });

  test('is not believed by a little that it counts beside much', () => {
    const world = new World();
    world.round();
    for (const one of steps('blind', 'busy', 'busy', 'count', ['pass', 0, 1000], 'blind', 'busy')) world.do(one); // prettier-ignore
    expect(world.switches).toEqual(['session']);
    expect(world.ofBooks(world.devices[0]!)).toEqual(rates(3 * MB, 3 * MB + 1000));
  });

  test.each<[string, Step['kind'], Rates]>([
    ['its counter reset', 'reset', rates(4 * MB)],
    ['made again', 'remake', rates(4 * MB)],
    // What passed since the last round, in the session that is gone or by the restarted router, nobody knows.
    ['under a new session', 'relogin', rates(4 * MB)],
    ['after a restart of the router', 'reboot', rates(4 * MB)],
  ])('stays known for it, %s', (_, event, all) => {
    const { booked, switches } = after('blind', 'busy', 'busy', event, 'busy', 'busy');
    expect([booked, switches]).toEqual([all, ['session']]);
  });

  test.each<[string, Step['kind'], Rates]>([
    ['its counter reset', 'reset', rates(3 * MB)],
    ['made again', 'remake', rates(3 * MB)],
    ['under a new session', 'relogin', rates(2 * MB)],
    ['after a restart of the router', 'reboot', rates(2 * MB)],
  ])('in doubt, %s, costs the first of two rounds at most', (_, event, all) => {
    const { used, booked } = after('blind', 'busy', event, 'busy', 'busy');
    expect(used).toEqual(rates(3 * MB));
    expect(booked).toEqual(all);
  });

  test('that shows late what it counted is not billed for it again, its device being gone or not', () => {
    for (const away of [
      ['leave', 'round', 'thaw', 'round'],
      ['thaw', 'round'],
    ] as const) {
      const { used, booked } = after('freeze', 'busy', 'busy', ...away);
      expect([used, booked]).toEqual([rates(2 * MB), rates(2 * MB)]);
    }
  });

  test('is read between two rounds, and no byte is billed by it that the session will tell', () => {
    const world = new World();
    world.round();
    for (const one of steps('blind', 'busy', 'busy', 'count', 'pass')) world.do(one);
    world.readQueues();
    world.round();
    expect(world.ofBooks(world.devices[0]!)).toEqual(rates(3 * MB));
    for (const one of steps('busy', 'pass')) world.do(one);
    world.readQueues();
    for (const one of steps('busy', 'busy')) world.do(one);
    expect(world.ofBooks(world.devices[0]!)).toEqual(rates(7 * MB));
    expect(world.switches).toEqual(['session', 'queue']);
  });

  test('that somebody gives another target leaves the session to be counted, but for what may be counted already', () => {
    const proved = after('blind', 'busy', 'busy', 'pass', 'retarget', 'round', 'count', 'busy');
    expect([proved.booked, proved.used]).toEqual([rates(4 * MB), rates(4 * MB)]);
    const doubted = after('blind', 'busy', 'count', 'pass', 'retarget', 'round', 'busy');
    expect([doubted.booked, doubted.used]).toEqual([rates(2 * MB), rates(3 * MB)]);
  });

  test('is read after its device moved, and the session does not tell the same bytes again', () => {
    const world = new World();
    world.round();
    for (const one of steps('move', 'round', ['pass', 0, 1], 'blind', 'read', 'busy', 'busy')) world.do(one); // prettier-ignore
    expect(world.switches).toEqual(['session']);
    expect(world.ofBooks(world.devices[0]!)).toEqual(rates(2 * MB, 2 * MB + 1));
  });

  test('in doubt is believed where it is read between two rounds and has counted', () => {
    const world = new World();
    world.round();
    for (const one of steps('blind', 'busy', 'count', 'pass')) world.do(one);
    world.readQueues();
    for (const one of steps('blind', 'busy', 'busy')) world.do(one);
    // The megabyte of the reading is counted once, and that of the doubt with what proves it.
    expect(world.ofBooks(world.devices[0]!)).toEqual(rates(4 * MB));
  });
});

/** Between two rounds, on one of the devices. */
const busy = fc.record({
  isBlind: fc.boolean(),
  up: fc.integer({ min: 0, max: MB }),
  down: fc.integer({ min: TELLING_BYTES, max: 30 * MB }),
});

test('not a byte is missing where queues stop to count for two rounds and longer, and begin again at a round', () => {
  const spells = fc.array(fc.array(busy, { minLength: 2, maxLength: 6 }), { maxLength: 12 });
  fc.assert(
    fc.property(spells, (all) => {
      const world = new World();
      const [one, other] = world.devices as [Device, Device];
      world.round();
      for (const spell of all) {
        one.counts = !spell[0]!.isBlind;
        for (const { up, down } of spell) {
          one.pass({ up, down });
          other.pass({ up: down, down: up });
          world.round();
        }
        expect(world.ofBooks(one)).toEqual(one.used);
        expect(world.ofBooks(other)).toEqual(other.used);
        expect(world.isStill(one)).toBe(!one.counts);
        expect(world.isStill(other)).toBe(false);
      }
      const turns = all.map(([first]) => first!.isBlind);
      const changes = turns.filter((isBlind, index) => isBlind !== (turns[index - 1] ?? false));
      expect(world.switches).toEqual(changes.map((isBlind) => (isBlind ? 'session' : 'queue')));
    }),
    { numRuns: runs(5_000, 500) },
  );
});
