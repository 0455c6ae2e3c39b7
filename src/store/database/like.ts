/** For `like ? escape '!'`: `%` and `_` in typed text are literal, not wildcards. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, (sign) => `!${sign}`);
}
