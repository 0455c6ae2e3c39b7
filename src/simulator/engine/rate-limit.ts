import { readPair, type UpDown } from '../../routeros/api/values';
import { invalidValue } from './refusals';

const RATE = String.raw`\d+[kMG]?(/\d+[kMG]?)?`;
const NUMBER = String.raw`\d+(/\d+)?`;
/** rate, then burst rate, burst threshold, burst time, priority, guaranteed rate; any tail left out. */
const RATE_LIMIT = new RegExp(`^${RATE}( ${RATE}( ${RATE}( ${NUMBER}( [1-8]( ${RATE})?)?)?)?)?$`);

/** The text of `rate-limit` in a profile. @throws Refusal */
export function checkRateLimit(name: string, text: string): string | undefined {
  if (text === '') return undefined;
  if (!RATE_LIMIT.test(text)) throw invalidValue(name);
  return text;
}

/** The rate itself; the burst has no effect in the simulator. */
export function readRateLimit(text: string | undefined): UpDown | undefined {
  return readPair(text?.split(' ')[0]);
}
