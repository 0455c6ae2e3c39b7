import { portalAddress } from '../../src/domain/doctor/doctor-garden';
import { hidingRules } from '../../src/domain/doctor/doctor-nat';
import type { NatRule, RouterSnapshot } from '../../src/domain/doctor/doctor-snapshot';

/** Whether the router's NAT hides phones from the portal, by its rules. */

const servers = [{ name: 'hs1', interface: 'bridge' }] as RouterSnapshot['servers'];
const networks = [
  { interface: 'ether1', network: '192.0.2.0/24' },
  { interface: 'ether2', network: '192.168.88.0/24' },
  { interface: 'bridge', network: '10.5.48.0/21' },
];
const interfaceLists = [
  { list: 'WAN', interface: 'ether1' },
  { list: 'LAN', interface: 'ether2' },
];

function rule(action: string, matchers: NatRule['matchers'] = {}, disabled = false): NatRule {
  return { id: '*1', action, disabled, comment: '', matchers };
}

const WIZARD = rule('masquerade', { 'src-address': '10.5.48.0/21' });

function hidden(portal: string, ...nat: NatRule[]): boolean[] {
  const found = hidingRules(
    { nat, servers, networks, interfaceLists },
    portalAddress(portal),
    undefined,
  );
  return found.map(({ isSure }) => isSure);
}

const BESIDE = 'http://192.168.88.10:5000';
const spared = (to: string) => rule('accept', { 'src-address': '10.5.48.0/21', 'dst-address': to });

test.each<[string, string, NatRule[], boolean[]]>([
  ['as Hotspot Setup leaves it', BESIDE, [WIZARD], [true]],
  ['with the exception above it', BESIDE, [spared('192.168.88.10'), WIZARD], []],
  ['with an exception for the whole network', BESIDE, [spared('192.168.88.0/24'), WIZARD], []],
  ['with the exception below it', BESIDE, [WIZARD, spared('192.168.88.10')], [true]],
  ['with an exception for another computer', BESIDE, [spared('192.168.88.11'), WIZARD], [true]],
  ['where the portal is among the phones', 'http://10.5.50.9:5000', [WIZARD], []],
  ['switched off', BESIDE, [{ ...WIZARD, disabled: true }], []],
  ['with no rule at all', BESIDE, [], []],
  [
    'that translates what goes to the internet only',
    BESIDE,
    [rule('masquerade', { 'out-interface': 'ether1' })],
    [],
  ],
  ['the same by a list', BESIDE, [rule('masquerade', { 'out-interface-list': 'WAN' })], []],
  [
    'that translates what is not for this network',
    BESIDE,
    [rule('masquerade', { 'dst-address': '!192.168.88.0/24' })],
    [],
  ],
  ['that translates everything', BESIDE, [rule('src-nat')], [true]],
  ['of other networks', BESIDE, [rule('masquerade', { 'src-address': '192.168.88.0/24' })], []],
  ['of other protocols', BESIDE, [rule('masquerade', { protocol: 'udp' })], []],
  ['of other ports', BESIDE, [rule('masquerade', { protocol: 'tcp', 'dst-port': '80,443' })], []],
  [
    'of this port',
    BESIDE,
    [rule('masquerade', { protocol: 'tcp', 'dst-port': '80,4000-6000' })],
    [true],
  ],
  ['by a list of addresses', BESIDE, [rule('masquerade', { 'src-address-list': 'shop' })], [false]],
  [
    'after an exception by such a list',
    BESIDE,
    [rule('accept', { 'dst-address-list': 'shop' }), WIZARD],
    [false],
  ],
  [
    'where the portal is beyond the router',
    'http://198.51.100.7:5000',
    [rule('masquerade', { 'out-interface-list': 'WAN' })],
    [false],
  ],
  [
    'of part of the phones',
    BESIDE,
    [rule('masquerade', { 'src-address': '10.5.48.0/24' })],
    [false],
  ],
])('NAT %s', (_, portal, nat, expected) => {
  expect(hidden(portal, ...nat)).toEqual(expected);
});

test('a name tells nothing of where the portal is', () => {
  expect(hidden('http://portal.example', WIZARD)).toEqual([]);
});
