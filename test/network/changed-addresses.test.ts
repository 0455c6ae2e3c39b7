import type { HotspotHost } from '../../src/domain/network/network';
import { leftBehind, unsureUntil } from '../../src/domain/network/changed-addresses';
import { aHost, anActive, aNetwork, at, macOf, MINUTE, NOON, SECOND } from '../support/builders';

const THERE = '10.5.99.9';
const hour = 60 * MINUTE;

/** A session at one address, and another address of the same MAC. */
function look(old: Partial<HotspotHost>, other: Partial<HotspotHost>, askedFrom?: string) {
  const hosts = [
    aHost(1, { uptimeMs: hour, ...old }),
    aHost(1, { id: '*N', address: THERE, queueAddress: THERE, authorized: false, ...other }),
  ];
  const asking = askedFrom === undefined ? undefined : new Map([[macOf(1), askedFrom]]);
  return leftBehind(aNetwork({ active: [anActive(1, 'A')], hosts }), asking);
}

const silent = (seconds: number, deadSeconds = 0): Partial<HotspotHost> => ({
  idleMs: seconds * SECOND,
  deadMs: deadSeconds * SECOND,
});
const since = (seconds: number, idleSeconds = 0): Partial<HotspotHost> => ({
  uptimeMs: seconds * SECOND,
  idleMs: idleSeconds * SECOND,
});

test.each<[string, Partial<HotspotHost>, Partial<HotspotHost>, 'left' | 'stays' | 'unsure']>([
  ['nothing was heard of it since the other appeared', silent(9), since(9), 'left'],
  ['that is so, by clocks that tell whole seconds', silent(8), since(9), 'left'],
  ['nor does it answer the router', silent(1, 1), since(1), 'left'],
  ['it may be a pause only, the other is that new', silent(2), since(2), 'unsure'],
  ['both are heard of', silent(0), since(600), 'stays'],
  ['it paused, as people who read do', silent(20), since(600), 'stays'],
  ['it is silent for long, and answers the router', silent(600), since(900), 'stays'],
  ['it is silent for long and gone, the other speaks', silent(31, 30), since(900), 'left'],
  ['it is silent for long and gone, so is the other', silent(31, 30), since(900, 20), 'stays'],
  ['the other was left itself', silent(9), since(900, 60), 'stays'],
  ['the other is let through by a binding', silent(9), { ...since(9), bypassed: true }, 'stays'],
  ['the router tells no times', { idleMs: null, deadMs: null }, since(9), 'stays'],
  ['it tells none of the other', silent(9), { uptimeMs: null, idleMs: null }, 'stays'],
])('a session where %s', (_why, old, other, outcome) => {
  const left = look(old, other);
  expect([left.sessions.size, left.hosts.size]).toEqual(outcome === 'left' ? [1, 1] : [0, 0]);
  expect(unsureUntil(left, NOON)).toEqual(outcome === 'unsure' ? at(3 * SECOND) : null);
});

test('where a person asks from is where the device is, busy as the other address may be', () => {
  expect(look(silent(0), since(600), THERE).sessions.size).toBe(1);
  expect(look(silent(0), since(600), '10.5.50.1').sessions.size).toBe(0);
});

test('who asks and is in already throws nobody out', () => {
  expect(look(silent(0), { ...since(600), authorized: true }, THERE).sessions.size).toBe(0);
});

test('another device’s host is no other address of this one', () => {
  const hosts = [aHost(1, silent(9)), aHost(2, { authorized: false, ...since(1) })];
  expect(leftBehind(aNetwork({ active: [anActive(1, 'A')], hosts })).sessions.size).toBe(0);
});
