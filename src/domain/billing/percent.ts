import { InvalidInput } from '../../errors';
import { quoted } from '../units';
import { say } from '../../text';

/** Hundredths of a percent of `10` or `2.5`, from 0 to 100 %. @throws InvalidInput */
export function parsePercent(typed: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(typed.trim());
  const hundredths = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : NaN;
  if (hundredths <= 10_000) return hundredths;
  throw new InvalidInput(say`${quoted(typed)} is not a percentage from 0 to 100`);
}
