/** So many polls without a look are a gap: one or two are a slow router. */
const POLLS = 3;

/** The gap that a look ends, if it comes later than it should; nothing before the very first look. */
export function silence(
  { lookedAt }: { lookedAt: Date | null },
  now: Date,
  { pollMs }: { pollMs: number },
): { gap?: { from: Date; to: Date } } {
  if (!lookedAt || now.getTime() - lookedAt.getTime() <= POLLS * pollMs) return {};
  return { gap: { from: lookedAt, to: now } };
}
