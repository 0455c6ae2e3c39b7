/**
 * What people are told, before it is in any language: a text of `locales` by its English, and what is filled in.
 * It is made into words where it is printed, in `src/format`, and nothing is ever read out of those words again.
 */
export class Text {
  constructor(
    /** With `{1}`, `{2}` for the values; by this the texts of other languages are found. */
    readonly english: string,
    readonly values: readonly Value[] = [],
  ) {}

  /** In English, for logs, programs and the terminal. */
  toString(): string {
    return filledIn(this.english, this.values.map(String));
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Names, codes and figures are the same in every language; a text within a text is not. */
export type Value = string | number | Text;

/** say`Voucher ${code} is over` */
export function say(parts: TemplateStringsArray, ...values: readonly Value[]): Text {
  return new Text(
    parts.reduce((english, part, index) => `${english}{${index}}${part}`),
    values,
  );
}

/** The text with its values in place of `{1}`, `{2}`. */
export function filledIn(text: string, values: readonly string[]): string {
  if (values.length === 0) return text;
  return text.replaceAll(
    /\$t\(\{(\d)\}\)|\{(\d)\}/g,
    (whole, inner?: string, plain?: string) => values[Number(inner ?? plain) - 1] ?? whole,
  );
}
