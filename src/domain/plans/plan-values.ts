/** The values of a plan's keys as people write them, read one by one. */
import { InvalidInput } from '../../errors';
import { parseSize, quoted, textOf } from '../units';
import { isRecord } from './key-reader';
import { CLOCK_TIME, NOT_A_TIME, wrongName } from './plan';
import { say } from '../../text';

export function parseName(typed: unknown): string {
  const name = typeof typed === 'string' ? typed.trim() : '';
  const wrong = wrongName(name);
  if (wrong !== undefined) throw new InvalidInput(wrong);
  return name;
}

export function parseType(typed: unknown): string {
  const type = textOf(typed);
  if (/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,29}$/u.test(type)) return type;
  throw new InvalidInput(
    say`${quoted(typed)} is not a type of plan; use one word, such as business`,
  );
}

/** An existing calendar day, `YYYY-MM-DD`. */
export function parseDay(typed: unknown): string {
  const day = textOf(typed);
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00Z`) : undefined;
  if (at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)) return day;
  throw new InvalidInput(say`${quoted(typed)} is not a date; write it like 2026-12-24`);
}

export function parseSomeSize(typed: unknown): number {
  const bytes = parseSize(typed);
  if (bytes === 0)
    throw new InvalidInput(say`${quoted(typed)} is zero; write it like 500MB or 2GB`);
  return bytes;
}

export function parseRatio(typed: unknown): number {
  const match = /^1:(\d{1,4})$/.exec(textOf(typed).replaceAll(' ', ''));
  const ratio = Number(match?.[1] ?? 0);
  if (ratio >= 1 && ratio <= 1000) return ratio;
  throw new InvalidInput(say`${quoted(typed)} is not a ratio; write it like 1:20 (up to 1:1000)`);
}

export function parseAlerts(typed: unknown): number[] {
  const list: unknown[] = Array.isArray(typed) ? typed : textOf(typed).split(',');
  const percents = list.map((one) => Number(textOf(one) || Number.NaN));
  if (percents.every((one) => Number.isInteger(one) && one >= 1 && one <= 100)) {
    return [...new Set(percents)].toSorted((a, b) => a - b);
  }
  throw new InvalidInput(
    say`${quoted(typed)} is not a list of percents; write it like 80, 90, 100`,
  );
}

export function parseMultiplier(typed: unknown): number {
  const text = textOf(typed);
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value >= 0.1 && value <= 100) return value;
  throw new InvalidInput(
    say`${quoted(typed)} is not a multiplier; write it like 2 (from 0.1 to 100)`,
  );
}

export function parseClockTime(typed: unknown): string {
  const time = textOf(typed).padStart(5, '0');
  if (CLOCK_TIME.test(time)) return time;
  throw new InvalidInput(say`${quoted(typed)} ${NOT_A_TIME}`);
}

export function parseRecord(typed: unknown): Record<string, unknown> {
  if (isRecord(typed)) return typed;
  throw new InvalidInput(
    say`${quoted(typed)} is not a window; write {"start": "23:00", "end": "07:00"}`,
  );
}

export function parseFlag(typed: unknown): boolean {
  if (typeof typed === 'boolean') return typed;
  const text = textOf(typed).toLowerCase();
  if (text === 'true' || text === 'yes') return true;
  if (text === 'false' || text === 'no') return false;
  throw new InvalidInput(say`${quoted(typed)} is neither true nor false`);
}

export function wholeNumber(least: number, most: number) {
  return (typed: unknown): number => {
    const text = textOf(typed);
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidInput(say`${quoted(typed)} is not a whole number from ${least} to ${most}`);
  };
}

export function oneOf<T extends string>(choices: readonly T[]) {
  return (typed: unknown): T => {
    const choice = choices.find((one) => one === textOf(typed).toLowerCase());
    if (choice !== undefined) return choice;
    throw new InvalidInput(say`${quoted(typed)} is not one of ${choices.join(', ')}`);
  };
}
