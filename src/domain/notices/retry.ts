/** How a failed delivery is tried again. */
export const RETRIES = {
  firstMs: 5_000,
  longestMs: 5 * 60_000,
  /** Events older than this are given up. */
  giveUpMs: 3 * 86_400_000,
} as const;

/** Events are kept this long; a channel whose settings cannot be read is not waited for any longer. */
export const KEEP_EVENTS_MS = 30 * 86_400_000;

/** How long to wait after this many failures in a row: doubled each time, up to some minutes. */
export function retryMs(failures: number): number {
  return Math.min(RETRIES.longestMs, RETRIES.firstMs * 2 ** Math.min(failures - 1, 30));
}
