/** For `like ? escape '!'`: `%` and `_` in typed text are literal, not wildcards. */
function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, (sign) => `!${sign}`);
}

/** As people write phone numbers: the digits count, however they are set apart. */
const NUMBER = /^[\d\s()+-]+$/;
const FEWEST_DIGITS = 5;
const BETWEEN_DIGITS = [' ', '-', '(', ')', '+'];

/**
 * A condition that a text of the database has this part in it, in any case; a number is compared by its digits alone:
 * `09171234567` is in `Boy, 0917 123-4567`.
 * @param expression the text, as SQL. @returns for `whereRaw`
 */
export function partOf(expression: string, part: string): [sql: string, values: string[]] {
  const digits = part.replaceAll(/\D/g, '');
  const isNumber = NUMBER.test(part) && digits.length >= FEWEST_DIGITS;
  const text = isNumber
    ? BETWEEN_DIGITS.reduce((sql, sign) => `replace(${sql}, '${sign}', '')`, expression)
    : `lower(${expression})`;
  return [`${text} like ? escape '!'`, [`%${escapeLike(isNumber ? digits : part.toLowerCase())}%`]];
}
