/**
 * RouterOS value texts <-> numbers. The router writes the same value in several ways (by version and by
 * menu), so nothing above this file compares its texts. Every reader returns `undefined` for text it
 * cannot read: a strange row is reported, never guessed at.
 */

const DURATION_UNITS: Record<string, number> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const DURATION_PART = /(\d+)(ms|[wdhms])/y;
const CLOCK = /^(\d+):(\d{2})(?::(\d{2}))?(?:\.(\d+))?$/;

/**
 * Milliseconds of `1w2d3h4m5s`, `500ms`, `01:22:53`, `1d01:02:03`, `1w2d03:04:05` or `0s`.
 * `none`, `never` and empty text mean "no limit" in RouterOS and read as `null`.
 */
export function readDuration(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === '' || text === 'none' || text === 'never') return null;
  if (/^\d+$/.test(text)) return exact(Number(text) * 1000);
  let total = 0;
  DURATION_PART.lastIndex = 0;
  let end = 0;
  for (let part = DURATION_PART.exec(text); part; part = DURATION_PART.exec(text)) {
    total += Number(part[1]) * DURATION_UNITS[part[2]!]!;
    end = DURATION_PART.lastIndex;
  }
  if (end === text.length) return exact(total);
  const clock = CLOCK.exec(text.slice(end));
  if (!clock) return undefined;
  const [, hours, minutes, seconds] = clock;
  const ofClock = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
  return exact(total + ofClock * 1000);
}

/** `1w2d3h4m5s`, whole seconds, zero parts left out; the form every version reads and prints. */
export function writeDuration(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds === 0) return '0s';
  let text = '';
  for (const unit of ['w', 'd', 'h', 'm', 's']) {
    const size = DURATION_UNITS[unit]! / 1000;
    const amount = Math.floor(seconds / size);
    if (amount > 0) text += `${amount}${unit}`;
    seconds -= amount * size;
  }
  return text;
}

/** bit/s or bytes of `512000`, `512k`, `2M`, `1G`; decimal multiples, as RouterOS has them for rates. */
export function readAmount(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kKMG]?)$/.exec(text ?? '');
  if (!match) return undefined;
  const factor = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 }[match[2] ?? ''] ?? 1;
  return exact(Math.round(Number(match[1]) * factor));
}

/** No honest counter or time is that large (9 PB, 285,000 years): one that is would spoil every sum. */
function exact(figure: number): number | undefined {
  return Number.isSafeInteger(figure) ? figure : undefined;
}

export interface UpDown {
  up: number;
  down: number;
}

/** `UP/DOWN` as the router prints it: upload first, seen from the customer. A single value means both. */
export function readPair(text: string | undefined): UpDown | undefined {
  if (text === undefined) return undefined;
  const divide = text.indexOf('/');
  const up = readAmount(divide < 0 ? text : text.slice(0, divide));
  const down = divide < 0 ? up : readAmount(text.slice(divide + 1));
  return up === undefined || down === undefined ? undefined : { up, down };
}

/** Both halves, as plain integers: half a pair or a suffix is refused by some versions. */
export function writePair(pair: UpDown): string {
  return `${pair.up}/${pair.down}`;
}

/** Flags read back as `true`/`false`; older scripts and exports say `yes`/`no`. Absent means false. */
export function readFlag(text: string | undefined): boolean {
  return text === 'true' || text === 'yes';
}

export interface RouterVersion {
  major: number;
  minor: number;
  patch: number;
  text: string;
}

/** `7.18.2 (stable)`, `6.49.10 (long-term)`, `7.20rc3 (testing)`. */
export function readVersion(text: string | undefined): RouterVersion | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? '');
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3] ?? 0),
    text: text ?? '',
  };
}

/** Negative, zero or positive like a comparison: 7.9 comes before 7.10. */
export function compareVersions(
  a: Pick<RouterVersion, 'major' | 'minor' | 'patch'>,
  b: Pick<RouterVersion, 'major' | 'minor' | 'patch'>,
): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}
