import fc from 'fast-check';
import {
  isRefresh,
  readNeighbor,
  REFRESH,
  writeNeighbor,
  type Neighbor,
} from '../../src/routeros/neighbors/neighbor-datagram';
import { runs } from '../support/program/run-counts';

/** Field by field as routers send it: type, length, value. */
const FROM_A_ROUTER = [
  '61000007',
  '0001 0006 744d28910d2f',
  '0005 0008 4d696b726f54696b', // MikroTik
  '0007 000f 372e31352e332028737461626c6529', // 7.15.3 (stable)
  '0008 0008 4d696b726f54696b',
  '000a 0004 dc150000', // 5596 seconds, the lower byte first
  '000b 0009 483739322d4d584a33', // H792-MXJ3
  '000c 0007 52424435324735', // RBD52G5
  '000e 0001 00',
  '000f 0010 fe80000000000000764d28fffe910d2f',
  '0010 000d 6272696467652f657468657232', // bridge/ether2
  '0011 0004 c0a85801',
]
  .join('')
  .replaceAll(' ', '');
const SAID: Neighbor = {
  mac: '74:4D:28:91:0D:2F',
  name: 'MikroTik',
  version: '7.15.3 (stable)',
  platform: 'MikroTik',
  uptimeSeconds: 5596,
  softwareId: 'H792-MXJ3',
  board: 'RBD52G5',
  ipv6: 'fe80::764d:28ff:fe91:d2f',
  interface: 'bridge/ether2',
  ipv4: '192.168.88.1',
};
const bytes = Buffer.from(FROM_A_ROUTER, 'hex');

test('the datagram of a router says who it is', () => {
  expect(readNeighbor(bytes)).toEqual(SAID);
  expect(isRefresh(bytes)).toBe(false);
});

test('the question is four zero bytes, and names no router; WinBox says a little more', () => {
  expect(REFRESH.toString('hex')).toBe('00000000');
  for (const question of [REFRESH as Buffer, Buffer.from('0000000000060000', 'hex')]) {
    expect([isRefresh(question), readNeighbor(question)]).toEqual([true, undefined]);
  }
});

test('RouterOS 6, which says no address, and unknown fields', () => {
  const old = Buffer.from(
    `000000010001 0006 744d28910d2f 00ff 0002 abcd`.replaceAll(' ', ''),
    'hex',
  );
  expect(readNeighbor(old)).toMatchObject({
    mac: SAID.mac,
    name: '',
    ipv4: null,
    uptimeSeconds: null,
  });
});

test('a name can neither break a line nor steer a terminal', () => {
  const name = `a\n\u001b[2J\u202eb${'x'.repeat(500)}`;
  const read = readNeighbor(writeNeighbor({ ...SAID, name }, undefined, 1))!;
  expect(read.name).toMatch(/^a {2}\[2J b?x*/);
  expect(read.name).not.toMatch(/\p{Cc}|\p{Cf}/u);
  expect(read.name.length).toBeLessThanOrEqual(100);
});

test('wherever it is cut off, what came before is read', () => {
  for (let length = 0; length < bytes.length; length += 1) {
    const read = readNeighbor(bytes.subarray(0, length));
    if (length < 14) expect(read).toBeUndefined();
    else expect(read).toMatchObject({ mac: SAID.mac, name: length < 26 ? '' : SAID.name });
  }
});

test('no datagram makes it throw, and what it writes it reads', () => {
  const many = { numRuns: runs(20_000, 500) };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const datagram = Buffer.from(noise);
      readNeighbor(datagram);
      isRefresh(datagram);
      // Noise behind a good beginning comes further.
      readNeighbor(Buffer.concat([bytes.subarray(0, noise.length % bytes.length), datagram]));
    }),
    many,
  );
  const word = fc.stringMatching(/^[\w-]{0,30}$/);
  fc.assert(
    fc.property(
      word,
      word,
      fc.nat(0xffffffff),
      fc.nat(),
      (name, board, uptimeSeconds, sequence) => {
        const said = { ...SAID, name, board, uptimeSeconds };
        const read = readNeighbor(writeNeighbor(said, [192, 168, 88, 1], sequence));
        expect(read).toEqual({ ...said, ipv6: null });
      },
    ),
    many,
  );
});
