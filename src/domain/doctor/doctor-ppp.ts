import type { Finding } from './doctor-finding';
import type { RouterSnapshot } from './doctor-snapshot';

/** What keeps subscribers who call by PPPoE from the queue that counts and shapes them. */
export function pppFindings({ limitedCalls }: RouterSnapshot): Finding[] {
  return limitedCalls.map(({ name, rateLimit }) => ({
    id: 'ppp-rate-limit',
    severity: 'error',
    title: `The PPP profile "${name}" of our subscribers has a rate limit (${rateLimit})`,
    meaning:
      'At each call the router makes a queue of its own from it, above the one that counts and shapes: the plan has ' +
      'not its speed, and no cap counts. Very likely; where the queue stands depends on the version.',
    fix:
      `In WinBox open PPP > Profiles > ${name} and empty "Rate Limit", or give the plan another profile. Callers ` +
      'have the change with their next call.',
  }));
}
