import fc from 'fast-check';
import { InvalidInput } from '../../src/errors';
import {
  durationParts,
  formatDuration,
  formatMoney,
  formatRate,
  formatRates,
  formatSize,
  parseCurrency,
  parseDuration,
  parseMac,
  parseMoney,
  parseRate,
  parseRates,
  parseSize,
  quoted,
  writeMoney,
} from '../../src/domain/units';
import { sizeText } from '../../src/format/figures';

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('rates', () => {
  test.each([
    ['512K', 512_000],
    ['512k', 512_000],
    ['2M', 2_000_000],
    [' 1.5M ', 1_500_000],
    ['1.5 M', 1_500_000],
    ['1,5M', 1_500_000],
    ['٢M', 2_000_000],
    ['1G', 1_000_000_000],
    ['64000', 64_000],
    [64_000, 64_000],
    ['1.001K', 1001],
    ['2 Mbps', 2_000_000],
    ['512 kbit/s', 512_000],
    ['2Mbits', 2_000_000],
    ['64000 bit/s', 64_000],
    ['2  MBPS', 2_000_000],
    ['512\u00a0Kbps', 512_000],
    ['100G', 100_000_000_000],
  ])('%p is %p bit/s', (typed, bits) => expect(parseRate(typed)).toBe(bits));

  test.each([
    ['fast', '"fast" is not a speed; write it like 512K or 2M'],
    ['', '"" is not a speed; write it like 512K or 2M'],
    ['-2M', '"-2M" is not a speed; write it like 512K or 2M'],
    ['1e6', '"1e6" is not a speed; write it like 512K or 2M'],
    ['1.0001K', '"1.0001K" is not a speed; write it like 512K or 2M'],
    ['2 mb/s', '"2 mb/s" is not a speed; write it like 512K or 2M'],
    ['2 Mbps/s', '"2 Mbps/s" is not a speed; write it like 512K or 2M'],
    [['2M'], '["2M"] is not a speed; write it like 512K or 2M'],
    [undefined, 'undefined is not a speed; write it like 512K or 2M'],
    [0, '0 is below the slowest rate of 1K (1,000 bit/s); write it like 512K or 2M'],
    ['0M', '"0M" is below the slowest rate of 1K (1,000 bit/s); write it like 512K or 2M'],
    ['512', '"512" is below the slowest rate of 1K (1,000 bit/s); write it like 512K or 2M'],
    ['101G', '"101G" is above the fastest rate of 100G; write it like 512K or 2M'],
  ])('%p is refused', (typed, message) => expect(refusal(() => parseRate(typed))).toBe(message));

  test.each(['2 MB/s', '2 MBps', '2 MBs', '2MB', '512KB/s', '2 MB/S', '2 Mbytes/s', '64000 bytes'])(
    '%p is bytes, and refused',
    (typed) => {
      expect(refusal(() => parseRate(typed))).toBe(
        `"${typed}" is in bytes, and a speed is in bits; write it like 512K or 2M`,
      );
    },
  );

  test('a pair is up, then down; one rate is both', () => {
    const both = { up: 10_000_000, down: 20_000_000 };
    expect(parseRates('10 Mbit/s / 20 Mbit/s')).toEqual(both);
    expect(parseRates('10 Mbps/20 Mbps')).toEqual(both);
    expect(parseRates('2 mbit/s')).toEqual({ up: 2_000_000, down: 2_000_000 });
    expect(refusal(() => parseRates('1M/s'))).toMatch(/^"1M\/s" is not a speed/);
    expect(parseRates('10M/20M')).toEqual({ up: 10_000_000, down: 20_000_000 });
    expect(parseRates('2M')).toEqual({ up: 2_000_000, down: 2_000_000 });
    expect(refusal(() => parseRates('1M/2M/3M'))).toMatch(/^"1M\/2M\/3M" is not a pair of rates/);
    expect(refusal(() => parseRates('1M/'))).toMatch(/^"" is not a speed/);
  });

  test('are written in the largest unit', () => {
    expect(formatRate(512_000)).toBe('512K');
    expect(formatRate(1_500_000)).toBe('1.5M');
    expect(formatRate(1_024_000)).toBe('1.024M');
    expect(formatRate(0)).toBe('0');
    expect(formatRate(999)).toBe('999');
    expect(formatRates({ up: 1_000_000, down: 2_000_000 })).toBe('1M/2M');
  });

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 100_000_000_000 }), (bits) => {
        expect(parseRate(formatRate(bits))).toBe(bits);
        expect(parseRate(formatRate(bits).replace(/[KMG]?$/, ' $&bps'))).toBe(bits);
      }),
    );
  });
});

describe('sizes', () => {
  test.each([
    ['500MB', 500_000_000],
    ['2GB', 2_000_000_000],
    ['2 gb', 2_000_000_000],
    ['1.1GB', 1_100_000_000],
    ['1TB', 1_000_000_000_000],
    ['750KB', 750_000],
    ['500M', 500_000_000],
    ['1234', 1234],
    ['1234 B', 1234],
    [1234, 1234],
    ['0', 0],
    ['1,5GB', 1_500_000_000],
  ])('%p is %p bytes', (typed, bytes) => expect(parseSize(typed)).toBe(bytes));

  test.each(['lots', '-1GB', '1.5', '0.0001KB', '1GiB', '1.GB', ''])('%p is refused', (typed) => {
    const expected = 'is not a size; write it like 500MB or 2GB (1 MB is 1,000,000 bytes)';
    expect(refusal(() => parseSize(typed))).toBe(`"${typed}" ${expected}`);
  });

  test('more than can be counted exactly is refused', () => {
    expect(refusal(() => parseSize('9008TB'))).toBe(
      '"9008TB" is above the largest size of 9007 TB',
    );
  });

  test('are written in the largest unit, and short for counters', () => {
    expect(formatSize(15_200_000)).toBe('15.2 MB');
    expect(formatSize(0)).toBe('0 B');
    expect(formatSize(15_234_567)).toBe('15.234567 MB');
    expect(sizeText(15_234_567)).toBe('15.2 MB');
    expect(sizeText(999_999)).toBe('1 MB');
    expect(sizeText(7)).toBe('7 B');
  });

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('durations', () => {
  test.each([
    ['30s', 30],
    ['15m', 900],
    ['1h', 3600],
    ['2d', 172_800],
    ['1w', 604_800],
    ['1d12h', 129_600],
    ['1W 2D 3H 4M 5S', 788_645],
    ['90m', 5400],
    ['1 day', 86_400],
    ['2 hours', 7200],
    ['1 Hour 30 Minutes', 5400],
    ['45 mins', 2700],
    ['1 hr 5 min 10 sec', 3910],
    ['2 weeks', 1_209_600],
    ['1  DAY  12 hrs', 129_600],
  ])('%p is %p seconds', (typed, seconds) => expect(parseDuration(typed)).toBe(seconds));

  test.each([
    'soon',
    '',
    '30',
    '1.5h',
    '-1h',
    '12h1d',
    '1h1h',
    '1y',
    ' ',
    '3 months',
    '2 da',
    'day',
  ])('%p is refused', (typed) => {
    expect(refusal(() => parseDuration(typed))).toBe(
      `"${typed}" is not a length of time; write it like 30s, 15m, 1h, 2d or 1d12h`,
    );
  });

  test('nothing and forever are refused', () => {
    expect(refusal(() => parseDuration('0h'))).toMatch(/^"0h" is no time at all/);
    expect(parseDuration('36525d')).toBe(3_155_760_000);
    expect(refusal(() => parseDuration('36526d'))).toBe('"36526d" is longer than 100 years');
  });

  test('are written as people say them', () => {
    expect(formatDuration(5400)).toBe('1h30m');
    expect(formatDuration(30 * 86_400)).toBe('30d');
    expect(formatDuration(14 * 86_400)).toBe('2w');
    expect(formatDuration(90_061)).toBe('1d1h1m1s');
    expect(formatDuration(0)).toBe('0s');
  });

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_155_760_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
        const words = durationParts(seconds).map(([count, unit]) => `${count} ${unit}s`);
        expect(parseDuration(words.join(' '))).toBe(seconds);
      }),
    );
  });
});

describe('money', () => {
  test.each([
    ['5', 'PHP', 500],
    ['5.5', 'PHP', 550],
    ['5.50', 'PHP', 550],
    [5, 'PHP', 500],
    [5.25, 'PHP', 525],
    ['1,500.00', 'PHP', 150_000],
    ['0', 'PHP', 0],
    ['500', 'JPY', 500],
    ['1.234', 'KWD', 1234],
    ['₱25', 'PHP', 2500],
    ['P25', 'PHP', 2500],
    ['p 5.50', 'PHP', 550],
    ['5 PHP', 'PHP', 500],
    ['PHP 1,500', 'PHP', 150_000],
    ['5,50', 'PHP', 550],
    ['₱1,5', 'PHP', 150],
    ['1.500,50', 'PHP', 150_050],
    ['٥', 'PHP', 500],
    ['１５.５０', 'PHP', 1_550],
    ['$5', 'USD', 500],
  ])('%p %s is %p minor units', (typed, currency, amount) => {
    expect(parseMoney(typed, currency)).toEqual({ amount, currency });
  });

  test.each([
    'five',
    '-5',
    '5.555',
    '1,5000',
    '1.000',
    '1,500,5',
    '',
    '$5',
    '5 USD',
    'P',
    'PP5',
    'P5P',
    '99999999999999999999',
  ])('%p is refused', (typed) => {
    expect(refusal(() => parseMoney(typed, 'PHP'))).toBe(
      `"${typed}" is not an amount of PHP; write it like 5 or 5.50`,
    );
  });

  test('a currency without minor units takes no decimals', () => {
    expect(refusal(() => parseMoney('5.5', 'JPY'))).toMatch(/^"5.5" is not an amount of JPY/);
  });

  test('is written with its sign for people and bare for files', () => {
    expect(formatMoney({ amount: 123_450, currency: 'PHP' })).toBe('₱1,234.50');
    expect(formatMoney({ amount: -500, currency: 'PHP' })).toBe('-₱5.00');
    expect(writeMoney({ amount: 500, currency: 'PHP' })).toBe('5');
    expect(writeMoney({ amount: 550, currency: 'PHP' })).toBe('5.50');
    expect(writeMoney({ amount: -5, currency: 'PHP' })).toBe('-0.05');
  });

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom('PHP', 'JPY', 'KWD'), (amount, currency) => {
        const money = { amount, currency };
        expect(parseMoney(writeMoney(money), currency)).toEqual(money);
        if (amount < 1e12) expect(parseMoney(formatMoney(money), currency)).toEqual(money);
      }),
    );
  });

  test('a currency is one that Intl knows', () => {
    expect(parseCurrency('php')).toBe('PHP');
    expect(refusal(() => parseCurrency('PISO'))).toMatch(/^"PISO" is not a currency/);
    expect(refusal(() => parseCurrency('XQZ'))).toMatch(/^"XQZ" is not a currency/);
  });
});

describe('MAC addresses', () => {
  test.each([
    'AA:BB:CC:DD:EE:0F',
    'aa:bb:cc:dd:ee:0f',
    'aa-bb-CC-dd-ee-0f',
    'aabb.ccdd.ee0f',
    ' aabbccddee0f ',
  ])('%p is read', (typed) => expect(parseMac(typed)).toBe('AA:BB:CC:DD:EE:0F'));

  test.each(['', 'AA:BB:CC:DD:EE', 'AA:BB-CC:DD:EE:0F', 'AA:BB:CC:DD:EE:0G', 'aabb.ccdd', 7])(
    '%p is refused',
    (typed) => {
      expect(refusal(() => parseMac(typed))).toMatch(
        /is not a MAC address; write it like AA:BB:CC:DD:EE:FF$/,
      );
    },
  );

  test.each(['00:00:00:00:00:00', 'ff-ff-ff-ff-ff-ff'])('%p is no device', (typed) => {
    expect(refusal(() => parseMac(typed))).toBe(
      `"${typed}" belongs to no single device; use the MAC address of one device`,
    );
  });
});

test('long input is cut in messages and never read', () => {
  expect(quoted('x'.repeat(500))).toBe(`"${'x'.repeat(59)}…`);
  expect(refusal(() => parseRate(`${'0'.repeat(100)}2M`))).toMatch(/is not a speed/);
  expect(quoted('a\nb')).toBe('"a\\nb"');
});
