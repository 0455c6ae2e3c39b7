import { createHash, timingSafeEqual } from 'node:crypto';
import type { Terms } from '../plans/plan';
import { InvalidInput } from '../../errors';
import { quoted, type Mac } from '../units';
import { say } from '../../text';

/** How a subscriber comes online; it makes a voucher of what the loop entitles them to. */
export interface Access {
  kind: 'hotspot' | 'pppoe';
  subscriberId: number;
  password: string;
  /** Of a PPPoE line that always has the same; `null` is one of the router's pool. */
  address: string | null;
  /** For not paying, or by hand. */
  suspended: boolean;
}

const LOGIN = /^[A-Za-z0-9][\w.@-]{0,31}$/;
const LIKE_MAC = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i;

/**
 * A login as it is meant, however it was typed or pasted: without blanks around it and characters nobody sees, and in
 * plain letters. Who counts tries has to count by this.
 */
export function tidyLogin(typed: string): string {
  return typed
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .trim();
}

/**
 * The name of a login on the router, which stands in the name of a queue and in comments too.
 * @throws InvalidInput
 */
export function parseLogin(typed: string): string {
  const login = tidyLogin(typed);
  if (LOGIN.test(login) && !LIKE_MAC.test(login)) return login;
  throw new InvalidInput(
    say`${quoted(typed)} is not a login; use up to 32 letters, digits and the signs . _ - @`,
  );
}

/**
 * What the books and the rules have in place of a device's MAC for a PPPoE line: its login. A line is the
 * same with another modem.
 */
export function lineOf(login: string): Mac {
  return login as Mac;
}

/**
 * Whether what was typed lets somebody in: a subscriber's login with its password, and no code with one.
 */
export function opensWith({ access }: { access?: Access }, password: string | undefined): boolean {
  if (!access) return password === undefined;
  if (access.kind !== 'hotspot' || password === undefined) return false;
  return isSameText(access.password, password);
}

/** The time it takes tells nothing of what is in either. */
export function isSameText(one: string, other: string): boolean {
  const hashed = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hashed(one), hashed(other));
}

/**
 * A plan as a subscriber has it: it does not end by itself, and what the plan counts over a voucher's life is
 * counted over a cycle. Periods begin with the cycle.
 */
export function subscribedTerms(terms: Terms): Terms {
  const { capPeriod, billingCycle } = terms;
  const isOfCycle = capPeriod === 'voucher' && billingCycle !== 'none';
  return {
    ...terms,
    ...{ validitySeconds: null, uptimeSeconds: null, pausable: false },
    ...{ capPeriod: isOfCycle ? billingCycle : capPeriod, capAnchor: 'start' as const },
  };
}
