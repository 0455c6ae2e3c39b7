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
export type Value = string | number | Text | null | undefined;

/** A text as it is written in the source: never one that is finished, or that somebody typed. */
export type Literal<K extends string> = object extends Record<K, unknown> ? never : K;

/** say`Voucher ${code} is over` */
export function say(parts: TemplateStringsArray, ...values: readonly Value[]): Text {
  return new Text(
    parts.reduce((english, part, index) => `${english}{${index}}${part}`),
    values,
  );
}

/** A word of ours, such as the state of an invoice, inside a text. */
export function word<K extends string>(ours: Literal<K>): Text {
  return new Text(ours);
}

/** Several texts in one, such as a line for each value that is wrong. */
export function joined(texts: readonly Value[], separator = '\n'): Text {
  return new Text(texts.map((_, index) => `{${index + 1}}`).join(separator), texts);
}

/**
 * The same in other words: texts of these keys, also those within it, become others.
 * @param others by the English of the text
 */
export function reworded(
  { english, values }: Text,
  others: Readonly<Record<string, string>>,
): Text {
  const inner = values.map((value) => (value instanceof Text ? reworded(value, others) : value));
  return new Text(others[english] ?? english, inner);
}

/** As JSON has it, in the books or in somebody's session. */
export interface StoredText {
  english: string;
  values: readonly (string | StoredText)[];
}

export function stored({ english, values }: Text): StoredText {
  const kept = values.map((value) => (value instanceof Text ? stored(value) : String(value)));
  return { english, values: kept };
}

export function fromStored({ english, values }: StoredText): Text {
  const inner = values.map((value) => (typeof value === 'string' ? value : fromStored(value)));
  return new Text(english, inner);
}

/** The text with its values in place of `{1}`, `{2}`. */
export function filledIn(text: string, values: readonly string[]): string {
  if (values.length === 0) return text;
  return text.replaceAll(
    /\$t\(\{(\d+)\}\)|\{(\d+)\}/g,
    (whole, inner?: string, plain?: string) => values[Number(inner ?? plain) - 1] ?? whole,
  );
}
