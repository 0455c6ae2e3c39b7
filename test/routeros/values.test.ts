import fc from 'fast-check';
import { RouterRefused } from '../../src/errors';
import { isTrap, toTrap } from '../../src/routeros/api/trap';
import {
  compareVersions,
  readAmount,
  readDuration,
  readFlag,
  readPair,
  readVersion,
  writeDuration,
  writePair,
} from '../../src/routeros/api/values';
import { DAY, HOUR, MINUTE, SECOND } from '../support/builders';

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['1s500ms', 1500],
    ['1h2m3s', HOUR + 2 * MINUTE + 3 * SECOND],
    ['2d20h12m20s', 2 * DAY + 20 * HOUR + 12 * MINUTE + 20 * SECOND],
    ['1w2d3h4m5s', 9 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND],
    ['1w', 7 * DAY],
    ['1d', DAY],
    ['24:00:00', DAY],
    ['01:22:53', HOUR + 22 * MINUTE + 53 * SECOND],
    ['00:00:00', 0],
    ['1d01:02:03', DAY + HOUR + 2 * MINUTE + 3 * SECOND],
    ['1w2d03:04:05', 9 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND],
    ['5m', 5 * MINUTE],
    ['90', 90 * SECOND],
    ['none', null],
    ['never', null],
    ['', null],
    [undefined, undefined],
  ])('%p is %p ms', (text, ms) => expect(readDuration(text)).toBe(ms));

  test.each([
    'soon',
    '9'.repeat(400),
    '99999999999w',
    '5 m',
    '1h30',
    '-5s',
    '1x',
    's',
    '1d:02:03',
    '01:2:03',
    '1h 2m',
  ])('%p cannot be read', (text) => expect(readDuration(text)).toBeUndefined());

  test.each([
    [0, '0s'],
    [999, '1s'],
    [-5, '0s'],
    [HOUR, '1h'],
    [26 * HOUR + SECOND, '1d2h1s'],
    [9 * DAY, '1w2d'],
  ])('%p ms is written %p', (ms, text) => expect(writeDuration(ms)).toBe(text));

  test('what is written reads back the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        expect(readDuration(writeDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  test('every form of one duration reads as the same number', () => {
    const part = (max: number) => fc.integer({ min: 0, max });
    const two = (value: number) => String(value).padStart(2, '0');
    fc.assert(
      fc.property(part(60), part(6), part(23), part(59), part(59), (w, d, h, m, s) => {
        const ms = (w * 7 + d) * DAY + h * HOUR + m * MINUTE + s * SECOND;
        expect(readDuration(`${w}w${d}d${h}h${m}m${s}s`)).toBe(ms);
        expect(readDuration(`${w}w${d}d${two(h)}:${two(m)}:${two(s)}`)).toBe(ms);
        expect(readDuration(`${(w * 7 + d) * 24 + h}:${two(m)}:${two(s)}`)).toBe(ms);
        expect(readDuration(String(ms / 1000))).toBe(ms);
      }),
    );
  });
});

describe('amounts and pairs', () => {
  test.each([
    ['512000', 512_000],
    ['512k', 512_000],
    ['512K', 512_000],
    ['2M', 2_000_000],
    ['1.5M', 1_500_000],
    ['1G', 1_000_000_000],
    ['0', 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['', undefined],
    ['18446744073709551615', undefined],
    ['9'.repeat(400), undefined],
    ['-1', undefined],
    ['1 M', undefined],
    ['unlimited', undefined],
    [undefined, undefined],
  ])('%p is %p', (text, amount) => expect(readAmount(text)).toBe(amount));

  test.each([
    ['1000000/2000000', { up: 1_000_000, down: 2_000_000 }],
    ['512k/1M', { up: 512_000, down: 1_000_000 }],
    ['0/0', { up: 0, down: 0 }],
    ['128k', { up: 128_000, down: 128_000 }],
    ['1M/', undefined],
    ['/1M', undefined],
    ['1/2/3', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('the pair %p is %p', (text, pair) => expect(readPair(text)).toEqual(pair));

  test('a pair is written as two plain integers and reads back the same', () => {
    expect(writePair({ up: 512_000, down: 2_000_000 })).toBe('512000/2000000');
    fc.assert(
      fc.property(fc.record({ up: fc.maxSafeNat(), down: fc.maxSafeNat() }), (pair) => {
        expect(readPair(writePair(pair))).toEqual(pair);
      }),
    );
  });
});

test.each([
  ['true', true],
  ['yes', true],
  ['false', false],
  ['no', false],
  ['', false],
  [undefined, false],
])('the flag %p is %p', (text, flag) => expect(readFlag(text)).toBe(flag));

describe('versions', () => {
  test.each([
    ['7.18.2 (stable)', [7, 18, 2]],
    ['6.49.10 (long-term)', [6, 49, 10]],
    ['7.20rc3 (testing)', [7, 20, 0]],
    ['7.1beta6 (development)', [7, 1, 0]],
    ['7.19', [7, 19, 0]],
  ])('%p is %p', (text, [major, minor, patch]) =>
    expect(readVersion(text)).toEqual({ major, minor, patch, text }),
  );

  test.each(['', 'seven', '7', undefined])('%p is no version', (text) =>
    expect(readVersion(text)).toBeUndefined(),
  );

  test('7.9 comes before 7.10, and 6.49 before both', () => {
    const sorted = ['7.10', '6.49.18', '7.9.2', '7.9', '7.18']
      .map((text) => readVersion(text)!)
      .toSorted(compareVersions)
      .map(({ text }) => text);
    expect(sorted).toEqual(['6.49.18', '7.9', '7.9.2', '7.10', '7.18']);
    expect(compareVersions(readVersion('7.18')!, readVersion('7.18.0 (stable)')!)).toBe(0);
  });
});

describe('traps', () => {
  test.each([
    ['invalid user name or password (6)', 'auth'],
    ['cannot log in', 'auth'],
    ['no such item (4)', 'not-found'],
    ['no such item', 'not-found'],
    ['failure: already have user with this name for this server', 'exists'],
    ['failure: already have such name', 'exists'],
    ['failure: user with the same name already exists', 'exists'],
    ['failure: server with such name already exists', 'exists'],
    ['not enough permissions (9)', 'permission'],
    ['failure: not allowed by device-mode', 'permission'],
    ['user PISO1234 has reached uptime limit', 'limit-reached'],
    ['user PISO1234 has reached traffic limit', 'limit-reached'],
    ['no such command or directory (nothing)', 'bad-command'],
    ['no such command prefix', 'bad-command'],
    ['no such command', 'bad-command'],
    ['unknown parameter', 'bad-command'],
    ['unknown parameter colour', 'bad-command'],
    ['input does not match any value of profile', 'bad-value'],
    ['ambiguous value of profile, more than one possible value matches input', 'bad-value'],
    ['invalid value for argument ip', 'bad-value'],
    ['invalid value of mac-address, mac address required', 'bad-value'],
    ['expected end of command (line 1 column 9)', 'bad-value'],
    ['value of priority out of range (1..8)', 'bad-value'],
    ['expected value of download-priority (line 1 column 12)', 'bad-value'],
    ['failure: upload-max-limit less than upload-limit', 'bad-value'],
    ['interrupted', 'interrupted'],
    ['your uptime limit is reached', 'limit-reached'],
    ['your traffic limit is reached', 'limit-reached'],
    ['Bytes limit reached', 'limit-reached'],
    ['user BUSY-TIMEOUT has reached transfer limit', 'limit-reached'],
    ['no more sessions are allowed for user', 'sessions-full'],
    ['no more sessions are allowed for user BUSY', 'sessions-full'],
    ['invalid username or password', 'unknown-user'],
    ['invalid password', 'unknown-user'],
    ['user <PISO1234> not found', 'unknown-user'],
    ['no such user', 'unknown-user'],
    ['unknown host IP 10.5.50.7', 'unknown-host'],
    ['wrong MAC provided', 'unknown-host'],
    ['session limit reached (200)', 'sessions-full'],
    ['std failure: timeout (13)', 'busy'],
    // What only the owner can do something about: told in the router's words.
    ['cannot assign ip address - no more free addresses from pool', 'other'],
    ['user ann is not allowed to log in from this MAC address', 'other'],
    ['invalid username (ann): this MAC address is not yours', 'unknown-user'],
    ["failure: can't remove dynamic", 'other'],
    ['already authorizing, retry later', 'busy'],
    ['RADIUS server is not responding', 'busy'],
    ['hotspot service is shutting down', 'busy'],
    ['', 'other'],
  ] as const)('%p is of the kind %p', (message, kind) => {
    const trap = toTrap('/queue/simple/add', { message });
    expect(trap.kind).toBe(kind);
    expect(trap.routerSaid).toBe(message);
    expect(isTrap(trap, kind)).toBe(true);
  });

  test('the operator reads what was asked and what the router said', () => {
    const trap = toTrap('/queue/simple/add', {
      message: 'failure: already have such name',
      category: '4',
    });
    expect(trap).toBeInstanceOf(RouterRefused);
    expect(trap.message).toBe(
      'The router refused /queue/simple/add: failure: already have such name',
    );
    expect(trap.category).toBe(4);
  });

  test('a trap may come without a word and without a category', () => {
    const trap = toTrap('/ip/hotspot/active/login', {});
    expect(trap.message).toBe('The router refused /ip/hotspot/active/login: it gave no reason');
    expect(trap.category).toBeUndefined();
    expect(toTrap('/x', { category: 'odd' }).category).toBeUndefined();
  });

  test('another error, or a trap of another kind, is not it', () => {
    expect(isTrap(new Error('no such item'), 'not-found')).toBe(false);
    expect(isTrap(toTrap('/x', { message: 'no such item' }), 'exists', 'auth')).toBe(false);
  });
});
