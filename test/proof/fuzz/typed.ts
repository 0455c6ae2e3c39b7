import { isIP } from 'node:net';
import fc from 'fast-check';
import { readProfiles, writeProfile } from '../../../src/domain/plans/profiles';
import { PLAN_KEYS } from '../../../src/domain/plans/plan-fields';
import { parseColor } from '../../../src/domain/shop/color';
import { imageType } from '../../../src/domain/shop/image-type';
import { parseUntil } from '../../../src/domain/shop/until';
import { isHostName, parseWebAddress } from '../../../src/domain/shop/web-address';
import {
  formatDuration,
  formatRate,
  formatSize,
  parseCurrency,
  parseDuration,
  parseMac,
  parseMoney,
  parseRate,
  parseRates,
  parseSize,
  writeMoney,
} from '../../../src/domain/units';
import {
  normalizeCode,
  parseCode,
  parseForeignCode,
  parsePrefix,
} from '../../../src/domain/vouchers/voucher-code';
import { readCodes } from '../../../src/services/vouchers/voucher-csv';
import { must, mustBeEqual, mustCount, readOrRefused } from './expect';
import { property, type FuzzProperty } from './fuzz';
import { anyValue, nearly, objectOf, text } from './inputs';

/** What people type, send as JSON, or import. */

const rate = nearly('512K', '2M', '1.5M', '100G', '10M/20M', '2 Mbps', '512 kbit/s');
const size = nearly('500MB', '2 GB', '1.5TB', '750KB', '9007TB');
const duration = nearly('30s', '1d12h', '1w 2d 3h 4m 5s', '36525d', '1 day 12 hours');
const money = nearly('5', '5.50', '1,500.00', '90071992547409.91', '₱25', '5 PHP');
const mac = nearly('AA:BB:CC:DD:EE:FF', 'aabb.ccdd.eeff', 'aa-bb-cc-dd-ee-ff', 'aabbccddeeff');
const code = nearly('ABCD2345', 'abcd-2345', 'ABCD 2345');
const NOW = new Date('2026-11-21T08:00:00Z');

/** What was read is an exact figure, and its text reads as the same again. */
function exact(read: (typed: unknown) => number, write: (figure: number) => string) {
  return (typed: unknown) => {
    const figure = readOrRefused(() => read(typed));
    if (figure === undefined) return;
    mustCount(figure, JSON.stringify(typed));
    mustBeEqual(read(write(figure)), figure, 'written and read again');
  };
}

const VALUES: readonly string[] = [
  ...['5', '1h', '2M', '1GB', '23:00', '06:00', 'daily', 'throttle', 'yes', 'no', '0.5', '80,100'],
  ...['P5', '2026-11-21', 'monthly', 'block', '1', '10', 'active', 'voucher', 'calendar', 'PHP'],
];
const plan = objectOf({
  ...Object.fromEntries(PLAN_KEYS.map(({ key }) => [key, anyValue(nearly(...VALUES))])),
  name: anyValue(nearly('P5', 'WEEKLY')),
  price: anyValue(money),
  validity: anyValue(duration),
  rate_up: anyValue(rate),
  rate_down: anyValue(rate),
});
/** With few keys, so that a good part of them is taken. */
const plainPlan = fc.record({
  name: nearly('P5', 'WEEKLY'),
  price: money,
  validity: nearly('1h', '1d'),
  rate_up: nearly('1M', '512K'),
  rate_down: nearly('2M', '5M'),
});

const cell = fc.oneof(code, nearly('P5', '"P5"', "'=P5", 'code', 'plan', 'status', 'unused'));
const list = fc
  .tuple(
    fc.constantFrom('', 'code,plan\n', 'plan;code;status;developer\r\n', '\ufeffcode\tplan\n'),
    fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 6 }),
    fc.constantFrom(',', ';', '\t'),
  )
  .map(([head, lines, mark]) => head + lines.map((cells) => cells.join(mark)).join('\n'));

export const typed: readonly FuzzProperty[] = [
  property('rates', 10, anyValue(rate), exact(parseRate, formatRate)),
  property('sizes', 10, anyValue(size), exact(parseSize, formatSize)),
  property('lengths of time', 10, anyValue(duration), exact(parseDuration, formatDuration)),
  property('pairs of rates', 4, anyValue(rate), (value) => {
    const both = readOrRefused(() => parseRates(value));
    mustCount(both?.up, 'up');
    mustCount(both?.down, 'down');
  }),
  property('money', 6, fc.tuple(anyValue(money), fc.constantFrom('PHP', 'JPY', 'KWD')), (all) => {
    const [value, currency] = all;
    exact(
      (one) => parseMoney(one, currency).amount,
      (amount) => writeMoney({ amount, currency }),
    )(value);
  }),
  property('hardware addresses', 6, anyValue(mac), (value) => {
    const read = readOrRefused(() => parseMac(value));
    if (read === undefined) return;
    must(/^[\dA-F]{2}(:[\dA-F]{2}){5}$/.test(read), read);
    mustBeEqual(parseMac(read), read, 'read again');
  }),
  property('codes', 10, anyValue(code), (value) => {
    const read = readOrRefused(() => parseCode(value));
    if (read === undefined) return;
    must(/^[A-Z0-9]+$/.test(read), read);
    mustBeEqual(normalizeCode(read), read, 'read again');
    readOrRefused(() => parseForeignCode(read));
    readOrRefused(() => parsePrefix(String(value)));
  }),
  property('dates, colors, addresses, pictures', 6, anyDateLike(), (value) => {
    const until = readOrRefused(() => parseUntil(value, NOW, 'Asia/Manila'));
    must(until === undefined || !Number.isNaN(until.getTime()), 'no moment');
    const color = readOrRefused(() => parseColor(value));
    must(color === undefined || /^#[0-9a-f]{6}$/.test(color), String(color));
    const url = parseWebAddress(value);
    must(url === undefined || /^https?:$/.test(url.protocol), String(url));
    const isHost = isHostName(value) && isIP(value) === 0;
    must(!isHost || !/[\s/\\@?#:]/.test(value), `a host name: ${value}`);
    readOrRefused(() => parseCurrency(value));
    readOrRefused(() => imageType(Buffer.from(value)));
  }),
  property('plans of any keys', 6, fc.array(anyValue(text).chain(() => plan), { maxLength: 2 }), plans), // prettier-ignore
  property('plans that are nearly right', 3, fc.array(plainPlan, { maxLength: 3 }), plans),
  property('any JSON in place of plans', 2, fc.jsonValue({ maxDepth: 3 }), plans),
  property('lists of codes', 5, list, (csv) => {
    const read = readOrRefused(() => readCodes(csv));
    const codes = read?.rows.map((row) => row.code) ?? [];
    must(new Set(codes).size === codes.length, 'a code is there twice');
    must(
      codes.every((one) => /^[A-Z0-9]{5,}$/.test(one)),
      `${codes.join()} are no codes`,
    );
  }),
];

/** What was taken is written as it reads again. */
function plans(json: unknown): void {
  const drafts = readOrRefused(() => readProfiles(json, 'profiles.json', 'PHP'));
  if (drafts === undefined) return;
  const written: unknown = JSON.parse(JSON.stringify(drafts.map(writeProfile)));
  mustBeEqual(readProfiles(written, 'profiles.json', 'PHP'), drafts, 'exported and read again');
}

function anyDateLike(): fc.Arbitrary<string> {
  return nearly(
    ...['2h', '2026-12-24T18:00', '18:00', '2026-12-24', '24:00', '2026-12-24 18:00+08:00'],
    ...['#0b6e4f', 'http://192.168.88.2:5000/portal', 'https://shop.example', 'PHP', 'GIF89a'],
  );
}
