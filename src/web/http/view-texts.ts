/**
 * The texts of a view, found in its source: views are in English as people read it, and become those of
 * another language when they are compiled. Nothing has to be marked in a view for that.
 */

type TextOf = (english: string) => string;

/** What people read of a tag. */
const READ_ATTRIBUTES = /\s(?:aria-label|placeholder|title|alt|data-label)="([^"]*)"/g;
/** Code of the view, hidden while HTML is looked at: an `>` in it ends no tag. */
const HIDDEN = /\uE000(\d+)\uE001/;
const PRINTED = /\uE002(\d+)\uE003/g;
const LETTER = /\p{L}/u;

/**
 * The view with each text replaced.
 * @param source EJS
 * @param textOf `{1}`, `{2}` in a text are what the view fills in
 */
export function withTexts(source: string, textOf: TextOf): string {
  const code: string[] = [];
  const hidden = source.replaceAll(/<%[^]*?%>/g, (tag) => {
    const index = code.push(tag) - 1;
    // What is printed is part of its sentence; what decides, and whole views, part two sentences.
    return tag.startsWith('<%=') ? `\uE002${index}\uE003` : `\uE000${index}\uE001`;
  });
  const translated = hidden.replaceAll(
    /(<[a-z!/](?:"[^"]*"|[^">])*>)|([^<\uE000\uE001]+)(?=<|\uE000|$)/gi,
    (whole, tag: string | undefined) => (tag ? tagWith(tag, textOf) : sentenceWith(whole, textOf)),
  );
  return translated.replaceAll(
    /[\uE000\uE002](\d+)[\uE001\uE003]/g,
    (_, index: string) => code[Number(index)]!,
  );
}

/** Every text of a view, in order. */
export function textsOf(source: string): string[] {
  const texts: string[] = [];
  withTexts(source, (english) => {
    texts.push(english);
    return english;
  });
  return texts;
}

function tagWith(tag: string, textOf: TextOf): string {
  return tag.replaceAll(READ_ATTRIBUTES, (whole, text: string) =>
    HIDDEN.test(text) ? whole : whole.replace(text, () => sentenceWith(text, textOf)),
  );
}

/** One stretch of text between tags; the white space around it stays. */
function sentenceWith(stretch: string, textOf: TextOf): string {
  const [, before, text, after] = /^(\s*)([^]*?)(\s*)$/.exec(stretch)!;
  const printed: string[] = [];
  const english = text!
    .replaceAll(PRINTED, (one) => `{${printed.push(one)}}`)
    .replaceAll(/\s+/g, ' ');
  if (!LETTER.test(english.replaceAll(/&\w+;|\{\d+\}/g, ''))) return stretch;
  const translated = textOf(english);
  if (translated === english) return stretch;
  const html = translated.replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return (
    before! + html.replaceAll(/\{(\d+)\}/g, (_, n: string) => printed[Number(n) - 1] ?? '') + after!
  );
}
