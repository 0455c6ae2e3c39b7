import ipaddr from 'ipaddr.js';
import { readDuration, readPair, writeDuration, writePair } from '../../routeros/api/values';
import type { Personality } from './personality';
import { ambiguous, invalidValue, noMatch, outOfRange, Refusal } from './refusals';
import type { Entry, Table } from './table';

/** One property of a menu: how its text is read from a client, and how it is shown. */
export interface Property<S> {
  readonly name: string;
  /**
   * From the client's text to the text kept; `undefined` resets the property to its initial value. Absent
   * for what only the router writes. @throws Refusal
   */
  readonly read?: (text: string) => string | undefined;
  /** What print shows; without it the kept text. */
  readonly show?: (entry: Entry<S>) => string | undefined;
  /** Kept until somebody sets it; without it the property is absent. */
  readonly initial?: string;
  readonly required?: boolean;
  /** Shown only to a user with the policy `sensitive`. */
  readonly sensitive?: boolean;
}

interface Options {
  initial?: string;
  required?: boolean;
  sensitive?: boolean;
}

export const ANY_MAC = '00:00:00:00:00:00';

export function text<S>(name: string, options: Options = {}): Property<S> {
  return { name, ...options, read: (given) => (given === '' ? undefined : given) };
}

/** Read-only, written by the router. */
export function shown<S>(
  name: string,
  show?: (entry: Entry<S>) => string | undefined,
): Property<S> {
  return show ? { name, show } : { name };
}

/** Several read-only ones that print the same thing. */
export function shownAs<S>(value: string, ...names: string[]): Property<S>[] {
  return names.map((name) => shown(name, () => value));
}

export function readFlagText(name: string, given: string): boolean {
  if (given === 'true' || given === 'yes') return true;
  if (given === 'false' || given === 'no') return false;
  throw invalidValue(name);
}

export function flag<S>(name: string, initial: boolean): Property<S> {
  return { name, initial: String(initial), read: (given) => String(readFlagText(name, given)) };
}

export function wholeNumber<S>(
  name: string,
  options: Options & { min?: number; max?: number; words?: readonly string[] } = {},
): Property<S> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, words = [], ...rest } = options;
  const read = (given: string) => {
    if (given === '' || words.includes(given)) return given || undefined;
    if (!/^\d+$/.test(given)) throw invalidValue(name);
    const value = Number(given);
    if (value < min || value > max) throw outOfRange(name, min, max);
    return String(value);
  };
  return { name, ...rest, read };
}

/** A count of bytes or time where zero means "no limit" and leaves the property out of print. */
export function byteLimit<S>(name: string): Property<S> {
  const { read } = wholeNumber<S>(name);
  return { name, read: (given) => noZero(read!(given), '0') };
}

export function timeLimit<S>(name: string): Property<S> {
  const { read } = duration<S>(name);
  return { name, read: (given) => noZero(read!(given), '0s') };
}

function noZero(value: string | undefined, zero: string): string | undefined {
  return value === zero ? undefined : value;
}

/** `none` is taken where it is the initial value or allowed. */
export function duration<S>(name: string, options: Options & { none?: boolean } = {}): Property<S> {
  const { none = options.initial === 'none', ...rest } = options;
  const read = (given: string) => {
    if (given === '') return undefined;
    if (none && given === 'none') return given;
    const ms = readDuration(given);
    if (ms === undefined || ms === null) throw invalidValue(name);
    return writeDuration(ms);
  };
  return { name, ...rest, read };
}

export function macAddress<S>(name: string, options: Options = {}): Property<S> {
  return { name, ...options, read: (given) => (given === '' ? undefined : readMac(name, given)) };
}

export function readMac(name: string, given: string): string {
  if (/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(given)) {
    return given.replaceAll('-', ':').toUpperCase();
  }
  throw new Refusal(`invalid value of ${name}, mac address required`, 1);
}

export function ipAddress<S>(name: string, options: Options = {}): Property<S> {
  return { name, ...options, read: (given) => (given === '' ? undefined : readIp(name, given)) };
}

export function readIp(name: string, given: string): string {
  if (!ipaddr.IPv4.isValidFourPartDecimal(given)) throw invalidValue(name);
  return given;
}

/** One of fixed words; a beginning that fits only one of them is enough. */
export function oneOf<S>(
  name: string,
  words: readonly string[],
  options: Options = {},
): Property<S> {
  return {
    name,
    ...options,
    read: (given) => (given === '' ? undefined : pick(name, given, words)),
  };
}

/** Several of fixed words, joined by commas. */
export function someOf<S>(name: string, words: readonly string[], initial: string): Property<S> {
  const read = (given: string) =>
    given
      .split(',')
      .filter((word) => word !== '')
      .map((word) => pick(name, word, words))
      .join(',');
  return { name, initial, read };
}

/**
 * A row of another menu by its name, or one of some words. Kept as the row's id, so that renaming the row
 * renames it here too; a removed row shows as its bare id, as on a router.
 */
export function reference<S, T>(
  name: string,
  table: Table<T>,
  options: Options & { words?: readonly string[] } = {},
): Property<S> {
  const { words = [], ...rest } = options;
  const read = (given: string) => {
    if (given === '') return undefined;
    const exact = table.get(given) ?? table.named(given)[0];
    if (exact) return exact.id;
    const chosen = pick(name, given, [...words, ...[...table].map((entry) => entry.name)]);
    return table.named(chosen)[0]?.id ?? chosen;
  };
  const show = (entry: Entry<S>) => {
    const kept = entry.values[name];
    return kept === undefined ? undefined : (table.get(kept)?.name ?? kept);
  };
  return { name, ...rest, read, show };
}

/** RouterOS accepts any prefix that fits exactly one candidate, and says so when it fits several. */
export function pick(name: string, given: string, candidates: readonly string[]): string {
  if (candidates.includes(given)) return given;
  const fitting = candidates.filter((candidate) => candidate.startsWith(given));
  if (fitting.length > 1) throw ambiguous(name);
  if (fitting[0] === undefined) throw noMatch(name);
  return fitting[0];
}

/** `UP/DOWN` in bits a second, kept as plain integers; `G` is understood since RouterOS 7. */
export function ratePair<S>(name: string, personality: Personality): Property<S> {
  const suffix = personality.legacy ? 'kM' : 'kMG';
  const half = `\\d+[${suffix}]?`;
  const shape = personality.has('plainRatesOnly')
    ? /^\d+\/\d+$/
    : new RegExp(`^${half}(/${half})?$`);
  const read = (given: string) => {
    if (given === '') return undefined;
    const pair = shape.test(given) ? readPair(given) : undefined;
    if (!pair) throw invalidValue(name);
    return writePair(pair);
  };
  return { name, initial: '0/0', read };
}

/** `8/8`: both halves or nothing. */
export function priorityPair<S>(name: string): Property<S> {
  const read = (given: string) => {
    if (given === '') return undefined;
    const [up, down, more] = given.split('/');
    if (down === undefined) throw new Refusal(`expected value of download-${name}`, 1);
    if (more !== undefined || !/^\d+$/.test(up!) || !/^\d+$/.test(down)) throw invalidValue(name);
    if ([up, down].some((value) => Number(value) < 1 || Number(value) > 8)) {
      throw outOfRange(name, 1, 8);
    }
    return given;
  };
  return { name, initial: '8/8', read };
}

/** A pair whose halves are kept as they are typed: queue types, burst times, bucket sizes. */
export function textPair<S>(name: string, initial: string, shape = /^[^/]+$/): Property<S> {
  const read = (given: string) => {
    if (given === '') return undefined;
    const halves = given.split('/');
    if (halves.length > 2 || !halves.every((half) => shape.test(half))) throw invalidValue(name);
    return halves.length === 2 ? given : `${given}/${given}`;
  };
  return { name, initial, read };
}
