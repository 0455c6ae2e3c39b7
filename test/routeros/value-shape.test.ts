import { saidShape, shapeOf } from '../../src/routeros/report/value-shape';

/** Repeatable chance. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:*<>@ ,ñé日';
const FREE = ['name', 'comment', 'user', 'host-name', 'serial-number', 'software-id', 'on-login'];
const OTHERS = ['target', 'address', 'ranges', 'parent', 'limit-uptime', 'policy', 'login-by', 'x'];

describe('the shape of a value', () => {
  test('never is, or holds, a text that somebody may have written', () => {
    const next = chance(7);
    const told: string[] = [];
    for (let round = 0; round < 3_000; round += 1) {
      const length = 3 + Math.floor(next() * 20);
      const letters = Array.from({ length }, () => LETTERS[Math.floor(next() * LETTERS.length)]!);
      const value = letters.join('');
      for (const property of [...FREE, ...OTHERS]) {
        const shape = shapeOf(property, value, '/ip/hotspot/user').replace(/ after \S+$/, '');
        const isText = /^text \d+$/.test(shape);
        if (shape.includes(value) || (FREE.includes(property) && !isText)) told.push(value);
      }
    }
    expect(told).toEqual([]);
  });

  test.each(['1d', '12345678', 'true', 'AA:BB:CC:11:22:33', '10.0.0.1', 'full', 'hotspot', 'none'])(
    'tells of the name %s its length only',
    (name) => {
      for (const property of FREE) expect(shapeOf(property, name)).toBe(`text ${name.length}`);
    },
  );

  test.each([
    ['limit-uptime', '3w5d', 'duration 1w2d'],
    ['uptime', '01:22:53', 'duration clock'],
    ['uptime', '4d01:22:53', 'duration 1dclock'],
    ['burst-time', '9s/8s', 'duration 1s/1s'],
    ['max-limit', '512000/1000000', 'pair digits/digits'],
    ['max-limit', '2M/512k', 'pair with units'],
    ['max-limit', '0/0', 'pair of zeros'],
    ['target', '10.5.0.9/32', 'ip/32'],
    ['target', '10.5.0.9/32,10.5.0.10/32', 'list of ip/32'],
    ['address', '10.5.0.1/24', 'ip/mask'],
    ['address', 'fe80::1/64', 'ipv6/mask'],
    ['ranges', '10.5.0.2-10.5.0.254', 'ip-ip'],
    ['mac-address', 'AA:BB:CC:11:22:33', 'mac'],
    ['mac-address', '00:00:00:00:00:00', 'mac of zeros'],
    ['.id', '*1A', 'id *hex'],
    ['disabled', 'true', 'bool true'],
    ['gmt-offset', '+08:00', 'offset +hh:mm'],
    ['date', 'nov/21/2026', 'date mon/dd/yyyy'],
    ['login-by', 'http-pap,mac-cookie', 'http-pap,mac-cookie'],
    ['policy', 'read,write,!ftp', 'read,write,!ftp'],
    ['version', '7.19.4 (stable)', '7.19.4 (stable)'],
    ['name', '<hotspot-ABC123>', 'text 7 after <hotspot-'],
    ['comment', 'pisonet:v1 SECRET', 'text 9 after pisonet:'],
    ['constructor', 'true-ish', 'text 8'],
    ['__proto__', 'x', 'text 1'],
  ])('of %s %s is %s', (property, value, shape) => {
    expect(shapeOf(property, value)).toBe(shape);
  });
});

test('a refusal keeps the words of the router and loses what may be a name', () => {
  expect(saidShape('no such command or directory (routerboard)')).toBe(
    'no such command or directory (routerboard)',
  );
  expect(saidShape('not enough permissions (9)')).toBe('not enough permissions (9)');
  expect(saidShape('user Juan42 at 10.0.0.1 not found', [])).not.toMatch(/Juan|10\.0/);
  expect(saidShape('no access for maria', ['maria'])).not.toContain('maria');
});
