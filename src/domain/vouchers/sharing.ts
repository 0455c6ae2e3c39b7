/**
 * A customer passes a part of a running voucher on to a new code. Everything that the voucher runs out of goes
 * along in the same share: of a day with 1 GB, half of the time takes half of the data. What one loses the other
 * has, to the second and byte.
 */
import { shareOf } from '../billing/proration';
import { isDivisible, type Terms } from '../plans/plan';
import { dataShare } from './remaining';
import { spentUptime, type Voucher } from './voucher';

/** Neither the part nor what stays may have less: it would be over before anybody used it. */
export const LEAST = { seconds: 300, bytes: 10_000_000 };

/** What the customer counts in; the rest follows in proportion. */
export type SharedUnit = 'seconds' | 'bytes';

/** What to pass on: seconds of the time that is left, or bytes of the data. */
export interface SharedAmount {
  unit: SharedUnit;
  amount: number;
}

/** What can be passed on at once. */
export interface SharedRange {
  unit: SharedUnit;
  left: number;
  least: number;
  most: number;
}

/** What the new code is made with. */
export type PartTerms = Pick<Terms, 'validitySeconds' | 'uptimeSeconds' | 'capBytes'>;

/** What is left of each thing that ends a voucher, in whole seconds and bytes; `null` where nothing does. */
interface Left {
  validitySeconds: number | null;
  uptimeSeconds: number | null;
  capBytes: number | null;
}

const UNITS = ['seconds', 'bytes'] as const;
const KEYS = ['validitySeconds', 'uptimeSeconds', 'capBytes'] as const;

/** What a customer can pass on of this voucher now, time first; empty if nothing. */
export function shareable(voucher: Voucher, now: Date): SharedRange[] {
  const left = leftOf(voucher, now);
  if (!left) return [];
  // Of the share, 0 to 1: so that nothing that goes along becomes too little.
  const smallest = Math.max(
    ...KEYS.map((key) => (left[key] === null ? 0 : leastOf(key) / left[key])),
  );
  return UNITS.flatMap((unit) => {
    const of = amountOf(left, unit);
    if (of === null) return [];
    // Rounded inwards, by a unit more than needed: products of fractions are not exact.
    const least = Math.ceil(of * smallest) + 1;
    const most = of - least;
    return least <= most ? [{ unit, left: of, least, most }] : [];
  });
}

/**
 * Takes a part off a voucher.
 * @returns the voucher without it and the terms of the part; `undefined` if that much cannot be passed on
 */
export function sharePart(
  voucher: Voucher,
  { unit, amount }: SharedAmount,
  now: Date,
): { kept: Voucher; part: PartTerms } | undefined {
  const left = leftOf(voucher, now);
  const range = shareable(voucher, now).find((one) => one.unit === unit);
  if (!left || !range || !Number.isSafeInteger(amount)) return undefined;
  if (amount < range.least || amount > range.most) return undefined;
  const of = (key: (typeof KEYS)[number]) => {
    if (left[key] === null) return null;
    return key === keyOf(left, unit) ? amount : Math.floor(left[key] * (amount / range.left));
  };
  const part = {
    validitySeconds: of('validitySeconds'),
    uptimeSeconds: of('uptimeSeconds'),
    capBytes: of('capBytes'),
  };
  return { kept: without(voucher, part), part };
}

/**
 * What a voucher is still worth after a part of it was passed on, in minor units: what stays of the whole that was
 * sold, by whatever lost most.
 * @param worth before that
 */
export function worthOfRest(worth: number, { terms }: Voucher, part: PartTerms): number {
  const rests = KEYS.flatMap((key) => {
    const [whole, gone] = [terms[key], part[key]];
    return whole === null || gone === null ? [] : [shareOf(worth, whole - gone, whole)];
  });
  return Math.min(worth, ...rests);
}

function without(voucher: Voucher, part: PartTerms): Voucher {
  const { terms, expiresAt } = voucher;
  const less = (had: number | null, by: number | null) => (had === null ? null : had - (by ?? 0));
  return {
    ...voucher,
    terms: {
      ...terms,
      validitySeconds: less(terms.validitySeconds, part.validitySeconds),
      uptimeSeconds: less(terms.uptimeSeconds, part.uptimeSeconds),
      capBytes: less(terms.capBytes, part.capBytes),
    },
    expiresAt: expiresAt && new Date(expiresAt.getTime() - (part.validitySeconds ?? 0) * 1000),
  };
}

/** `undefined` for a voucher of which nothing can be passed on: not running, or not of such a plan. */
function leftOf(voucher: Voucher, now: Date): Left | undefined {
  const { terms, status, developer, access, startedAt, expiresAt, stoppedAt } = voucher;
  if (!terms.shareable || !isDivisible(terms)) return undefined;
  if (status !== 'active' || !startedAt || developer || access) return undefined;
  const wallMs = expiresAt && expiresAt.getTime() - (stoppedAt ?? now).getTime();
  const onlineMs =
    terms.uptimeSeconds === null ? null : terms.uptimeSeconds * 1000 - spentUptime(voucher);
  const left = {
    validitySeconds: wallMs === null ? null : Math.floor(wallMs / 1000),
    uptimeSeconds: onlineMs === null ? null : Math.floor(onlineMs / 1000),
    capBytes: dataShare(voucher)?.left ?? null,
  };
  const isOver = KEYS.some((key) => left[key] !== null && left[key] <= 0);
  return isOver ? undefined : left;
}

/** What customers call their time: what counts while online, if the plan sells that. */
function keyOf(left: Left, unit: SharedUnit): (typeof KEYS)[number] {
  if (unit === 'bytes') return 'capBytes';
  return left.uptimeSeconds === null ? 'validitySeconds' : 'uptimeSeconds';
}

function amountOf(left: Left, unit: SharedUnit): number | null {
  return left[keyOf(left, unit)];
}

function leastOf(key: (typeof KEYS)[number]): number {
  return key === 'capBytes' ? LEAST.bytes : LEAST.seconds;
}
