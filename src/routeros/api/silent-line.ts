/** How long a line may be silent before another one is tried beside it. */
export interface SilenceLimits {
  /** Never less: a busy router may pause for a moment. */
  leastMs: number;
  /** So many times what this router usually takes. */
  times: number;
  /** Answers after which that is known. */
  known: number;
  /** How often it is looked at. */
  everyMs: number;
  /** A line that replaced another one is not doubted for so long: where that was wrong, the router is only slow. */
  againMs: number;
}

export const SILENCE: SilenceLimits = {
  leastMs: 2_000,
  times: 10,
  known: 8,
  everyMs: 500,
  againMs: 5 * 60_000,
};

/** What a line shows of itself. */
export interface LineSigns {
  /** How long the command whose turn it is waits without a byte; 0 when none waits. */
  silentMs: number;
  /**
   * It stopped in the middle of a sentence, which a router sends as a whole: after a garbled length the rest of what
   * it says is waited for as part of one long word.
   */
  isCut: boolean;
  /** That command only reads, and reading may be done twice. */
  isReading: boolean;
  /** Answers so far, and what they usually took. */
  answers: number;
  usualMs: number;
}

/**
 * Whether a line is silent for much longer than this router usually takes: it may be half open, as after a
 * restart of something in between, where nobody tells either end.
 */
export function isSuspect(
  { silentMs, isCut, isReading, answers, usualMs }: LineSigns,
  { leastMs, times, known }: SilenceLimits,
): boolean {
  if (!isReading) return false;
  if (isCut && silentMs >= leastMs) return true;
  return answers >= known && silentMs >= Math.max(leastMs, times * usualMs);
}
