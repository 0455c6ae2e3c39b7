import { JUMP_MS } from './shop-clock';

/** Uptime comes in whole seconds and answers take a moment, so it may lag this much behind our clock. */
export const UPTIME_TOLERANCE_MS = 5_000;

/**
 * Whether the router restarted between two rounds.
 * @param elapsedMs time between the rounds by our own clock, monotonic if both were made by one process
 * @param countersWentOn see `wentOn`; asked where our clock may have been set instead
 */
export function hasRestarted(
  lastUptimeMs: number,
  seenUptimeMs: number,
  elapsedMs: number,
  countersWentOn: () => boolean = () => false,
): boolean {
  if (seenUptimeMs < lastUptimeMs) return true;
  const lagsBehind = seenUptimeMs < lastUptimeMs + elapsedMs - UPTIME_TOLERANCE_MS;
  // A router that booted between the rounds cannot have been up longer than the time between them. Without
  // this, setting our clock forward would look like a reboot and count everything twice.
  const mayHave = lagsBehind && seenUptimeMs <= elapsedMs + UPTIME_TOLERANCE_MS;
  // So may a clock that was set further than the router was up. Less than a jump it cannot have been.
  const mayBeSet = elapsedMs - (seenUptimeMs - lastUptimeMs) > JUMP_MS;
  return mayHave && !(mayBeSet && countersWentOn());
}
