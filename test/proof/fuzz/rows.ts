import fc from 'fast-check';
import { toRow, type Row } from '../../../src/routeros/api/codec';
import { readMikhmon } from '../../../src/services/imports/mikhmon-vouchers';
import { readOldRows } from '../../../src/services/imports/old-vouchers';
import type { SoldUsers } from '../../../src/routeros/mikhmon-users';
import { grantedPolicies } from '../../../src/routeros/router-rights';
import { toGardenRule, toMoment } from '../../../src/routeros/router-survey';
import { serviceList, toActive, toHost, toQueue, toUser } from '../../../src/routeros/rows';
import { toTrap } from '../../../src/routeros/api/trap';
import { saidShape, shapeOf } from '../../../src/routeros/report/value-shape';
import {
  readAmount,
  readDuration,
  readPair,
  readVersion,
  writeDuration,
} from '../../../src/routeros/api/values';
import { must, mustBeEqual, mustCount } from './expect';
import { property, type FuzzProperty } from './fuzz';
import { nearly, objectOf, text } from './inputs';

/** Rows of a router, and of another program's database: any word may stand in them. */

const amount = nearly('512000', '512k', '2M', '1G', '0', '18446744073709551615', '1.5M');
const pair = nearly('512k/2M', '0/0', '1000000/2000000', '18446744073709551615/1', '5M');
const duration = nearly('1w2d3h4m5s', '500ms', '01:22:53', '1d01:02:03', '0s', 'none', 'never');
const mac = nearly('02:00:00:00:00:0A', '00:00:00:00:00:00', 'aabbccddeeff');
const address = nearly('10.5.0.10', '10.5.0.10/32', '::1', '10.5.0.1-10.5.0.9');
const flag = fc.constantFrom('true', 'false', 'yes', 'no', '', 'maybe');
const COLUMNS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  '.id': nearly('*1', '*FFFF'),
  name: nearly('pisonet-02:00:00:00:00:0A', 'admin'),
  comment: nearly('pisonet:ABCD2345', 'pisonet:', 'vc-123-11.21.26-note'),
  target: nearly('10.5.0.10/32', '10.5.0.10/32,10.5.0.11/32', 'bridge1'),
  priority: nearly('8/8', '1/8'),
  'mac-address': mac,
  'max-limit': pair,
  'limit-at': pair,
  'burst-limit': pair,
  'burst-threshold': pair,
  'burst-time': nearly('8s/8s', '0s/0s'),
  'limit-uptime': duration,
  'limit-bytes-total': amount,
  'bytes-in': amount,
  'bytes-out': amount,
  bytes: pair,
  'idle-time': duration,
  'host-dead-time': duration,
  uptime: duration,
  address,
  'to-address': address,
  'available-from': nearly('10.0.0.0/8,192.168.88.0/24', ''),
  date: nearly('2026-11-21', 'nov/21/2026'),
  time: nearly('10:00:00', '25:61:61'),
  'gmt-offset': nearly('+08:00', '-99:99'),
  category: nearly('1', '7'),
  message: nearly('failure: busy', 'no such command prefix', 'not enough permissions (9)'),
  disabled: flag,
  dynamic: flag,
  default: flag,
  'dst-host': nearly('*.gcash.com', ':^(a+)+$'),
};
const row: fc.Arbitrary<Row> = objectOf(COLUMNS).map((values) =>
  toRow(['!re', ...Object.entries(values).map(([name, value]) => `=${name}=${String(value)}`)]),
);

function mustCountBoth(both: { up: number; down: number }, name: string): void {
  mustCount(both.up, `${name} up`);
  mustCount(both.down, `${name} down`);
}

const soldUsers: fc.Arbitrary<SoldUsers> = fc.record({
  users: fc.array(
    fc.record({
      id: text,
      name: nearly('ABCD2345', 'a'),
      profile: nearly('5k', 'pisonet-1x'),
      comment: nearly('vc-123-11.21.26-note', 'nov/21/2026 10:00:00', '2026-11-21 10:00:00'),
      disabled: fc.boolean(),
      limitUptimeMs: fc.option(fc.maxSafeNat()),
      limitBytes: fc.option(fc.maxSafeNat()),
      uptimeMs: fc.maxSafeNat(),
      bytes: fc.record({ up: fc.maxSafeNat(), down: fc.maxSafeNat() }),
      mac,
    }),
    { maxLength: 3 },
  ),
  profiles: fc.array(
    fc.record({
      name: nearly('5k', '10k'),
      onLogin: nearly(
        ':put (",rem,5000,1d,5000,,Enable,"); x',
        ':put (",,5.000,,,noexp,Disable,")',
      ),
      rate: fc.option(fc.record({ up: fc.maxSafeNat(), down: fc.maxSafeNat() }), {
        nil: undefined,
      }),
      hasMore: fc.boolean(),
      sharedUsers: nearly('1', 'unlimited'),
    }),
    { maxLength: 2 },
  ),
  active: fc.constant([]),
  offset: fc.option(nearly('+08:00'), { nil: undefined }),
});

/** Rounding to seconds may pass the largest exact number. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER - 1_000;

const settings = { now: new Date('2026-11-21T08:00:00Z'), zone: 'Asia/Manila', currency: 'PHP' };

export const rows: readonly FuzzProperty[] = [
  property(
    'figures of a router can be counted with',
    10,
    fc.tuple(amount, pair, duration),
    (all) => {
      const [one, two, time] = all;
      mustCount(readAmount(one), 'an amount');
      const both = readPair(two);
      if (both) mustCountBoth(both, 'a pair');
      const ms = readDuration(time);
      mustCount(ms, 'a length of time');
      if (typeof ms !== 'number' || ms > LONGEST_MS) return;
      mustBeEqual(readDuration(writeDuration(ms)), Math.round(ms / 1000) * 1000, 'written');
    },
  ),
  property('users, sessions and hosts are read or left out', 12, row, (one) => {
    const user = toUser(one);
    mustCount(user?.limitBytes, 'limit of bytes');
    mustCount(user?.limitUptimeMs, 'limit of time');
    mustCount(user?.uptimeMs, 'time used');
    const active = toActive(one);
    if (active) mustCountBoth(active.bytes, 'session');
    mustCount(active?.uptimeMs, 'session time');
    const host = toHost(one);
    mustCount(host?.uptimeMs, 'host time');
    mustCount(host?.idleMs, 'idle time');
  }),
  property('queues are read', 12, row, (one) => {
    const queue = toQueue(one);
    for (const name of ['bytes', 'maxLimit', 'limitAt'] as const) mustCountBoth(queue[name], name);
    mustCount(queue.priority, 'priority');
    if (queue.burst) mustCountBoth(queue.burst.rate, 'burst');
  }),
  property('services, clock, garden, rights and refusals are read', 4, row, (one) => {
    serviceList(one);
    const moment = toMoment(one);
    must(moment === undefined || !Number.isNaN(moment.getTime()), 'no moment');
    toGardenRule(one, 'host' as never);
    grantedPolicies(one.message);
    readVersion(one.comment);
    must(toTrap('/x', one).message.length < 1_000, 'a refusal without end');
  }),
  property('a report tells shapes only', 4, fc.tuple(text, text), ([name, value]) => {
    shapeOf(name, value);
    must(saidShape(value).length <= 400, 'a shape longer than its text may be');
  }),
  property('rows of the old program are taken or refused', 4, oldRow(), (one) => {
    for (const { voucher, why } of readOldRows([one], settings)) {
      must(voucher !== undefined || (why ?? '') !== '', 'neither taken nor refused');
      if (voucher) mustCountBoth(voucher.used, 'used');
    }
  }),
  property('users of Mikhmon are taken or refused', 2, soldUsers, (found) => {
    readMikhmon(found, settings);
  }),
];

function oldRow(): fc.Arbitrary<Record<string, unknown>> {
  const cell = (...examples: string[]) => fc.oneof(nearly(...examples), fc.maxSafeInteger(), fc.double(), fc.constant(null)); // prettier-ignore
  return objectOf({
    code: cell('ABCD2345'),
    status: cell('unused', 'active', 'expired', 'revoked'),
    price: cell('5', '5.50'),
    validity_hours: cell('1', '24'),
    duration: cell('60', '1h'),
    created_at: cell('2026-11-21T08:00:00', '2026-11-21 08:00:00+08:00'),
    activated_at: cell('2026-11-21 08:00:00', '9999-12-31'),
    expires_at: cell('2026-11-22 08:00:00'),
    mac_address: cell('02:00:00:00:00:0A'),
    rate_limit_up: cell('1M'),
    rate_limit_down: cell('2M'),
    bytes_in: cell('1000'),
    bytes_out: cell('1000'),
  });
}
