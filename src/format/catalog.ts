import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filledIn, Text, type Literal } from '../text';

/** Gives a text in the reader's language; what has none stays English. */
export interface TextOf {
  (text: Text): string;
  /** @param values for the text's `{1}`, `{2}`: what people typed, and figures. They are never translated. */
  <K extends string>(english: Literal<K>, ...values: readonly string[]): string;
}

/** The language that every text is in. */
export const ENGLISH: TextOf = (text: Text | string, ...values: readonly string[]) =>
  typeof text === 'string' ? filledIn(text, values) : text.toString();

/** Answers that are kept; sentences with figures in them are many. */
const MOST_TEXTS = 2_000;
/** Names typed by people are in some: patterns are tried on no more than a few sentences. */
const LONGEST_TEXT = 1_000;
/** A pattern with fewer says next to nothing of its own. */
const FEW_LETTERS = 7;
const FILLED_IN = /\{(\d)\}/g;
const PLACES = /\$t\(\{(\d)\}\)|\{(\d)\}/g;

interface Pattern {
  matches: RegExp;
  /** `{1}` is filled in as it is, `$t({1})` translated first. */
  text: string;
}

/** Beside the sources in development, beside the compiled files in the build. */
const LOCALES = join(__dirname, '..', '..', 'locales');

const catalogs = new Map<string, TextOf>();

/**
 * What staff read, and slips say, in another language: `locales/fil/*.json`, by the English text. Sentences that are
 * finished by the time they come here, such as errors, are found by patterns: `Voucher {1} is over`.
 * @param language such as `fil`; English where there are no texts of it
 */
export function catalogOf(language: string): TextOf {
  const known = catalogs.get(language);
  if (known) return known;
  const texts = readTexts(language);
  const textOf = texts.size > 0 ? translator(texts) : ENGLISH;
  catalogs.set(language, textOf);
  return textOf;
}

/** Every text of one language, by the English one. */
export function readTexts(language: string): Map<string, string> {
  const folder = join(LOCALES, language);
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    files.flatMap((name) => {
      const texts: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      return Object.entries(texts as Record<string, string>);
    }),
  );
}

function translator(texts: ReadonlyMap<string, string>): TextOf {
  const patterns = patternsOf(texts);
  const found = new Map<string, string>();
  const ofKey = (english: string) => texts.get(english) ?? english;
  const ofFinished = (english: string): string => {
    const known = texts.get(english) ?? found.get(english);
    if (known !== undefined) return known;
    if (found.size >= MOST_TEXTS) found.clear();
    const text = byPattern(patterns, english, ofFinished);
    found.set(english, text);
    return text;
  };
  const ofText = ({ english, values }: Text): string =>
    filledIn(
      ofKey(english),
      values.map((value) => (value instanceof Text ? ofText(value) : String(value))),
    );
  return (text: Text | string, ...values: readonly string[]) => {
    if (typeof text !== 'string') return ofText(text);
    return values.length > 0 ? filledIn(ofKey(text), values) : ofFinished(text);
  };
}

/** The most words of its own first: it says most exactly what is meant. */
function patternsOf(texts: ReadonlyMap<string, string>): Pattern[] {
  const own = (english: string) => english.replaceAll(FILLED_IN, '').length;
  return [...texts]
    .filter(([english]) => english.includes('{1}'))
    .sort(([a], [b]) => own(b) - own(a))
    .map(([english, text]) => {
      const parts = english.split(FILLED_IN).filter((_, index) => index % 2 === 0);
      const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      // `{1} of {2}` is in many sentences: only figures and names are meant there.
      const value = own(english) < FEW_LETTERS ? '(\\S+(?: \\S+)?)' : '([^]+?)';
      return { matches: new RegExp(`^${escaped.join(value)}$`), text };
    });
}

function byPattern(
  patterns: readonly Pattern[],
  english: string,
  textOf: (english: string) => string,
): string {
  if (english.length > LONGEST_TEXT) return english;
  for (const { matches, text } of patterns) {
    const values = matches.exec(english);
    if (!values) continue;
    return text.replaceAll(PLACES, (_, translated?: string, plain?: string) =>
      translated ? textOf(values[Number(translated)] ?? '') : (values[Number(plain)] ?? ''),
    );
  }
  return english;
}
