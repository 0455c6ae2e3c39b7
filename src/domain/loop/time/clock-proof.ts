import { MINUTE_MS } from '../../../clock';
import { JUMP_MS, PROGRAM_WRITTEN } from './shop-clock';

/**
 * A clock that was put right is believed at once, and so is one that the router's own clock confirms. Where
 * neither comes, the router may have no time itself, or may be away: after this long the clock has to do.
 */
export const LONGEST_HOLD_MS = 10 * MINUTE_MS;

/** Whether more passed by this clock since the shop was last seen alive than a start takes. */
export function mayBeAhead(lastSeen: Date, now: Date): boolean {
  if (lastSeen.getTime() < PROGRAM_WRITTEN) return false;
  return now.getTime() - lastSeen.getTime() > JUMP_MS;
}

/** The least that passed between two sights of a router, by its uptime: it may have restarted since. */
export function leastElapsed(lastUptimeMs: number, uptimeMs: number): number {
  return uptimeMs < lastUptimeMs ? uptimeMs : uptimeMs - lastUptimeMs;
}

/** What a router says of the time. */
export interface RouterTime {
  /** `undefined` where it cannot be read. */
  clock: Date | undefined;
  /** The servers that tell it the time, as the router writes them. */
  toldBy: string;
}

/** A router that asks a computer of this network may have the time from us: then it proves nothing. */
export function isShownBy({ clock, toldBy }: RouterTime, now: Date): boolean {
  if (!clock || PRIVATE.test(toldBy)) return false;
  return Math.abs(clock.getTime() - now.getTime()) <= JUMP_MS;
}

const PRIVATE = /(?:^|[\s,])(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\./;
