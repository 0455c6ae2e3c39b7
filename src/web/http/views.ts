import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, type Template } from 'ejs';
import type { Express } from 'express';
import { ENGLISH, type TextOf } from '../../format/catalog';
import { Text } from '../../text';
import { withTexts } from './view-texts';

const ENDING = '.ejs';

/**
 * Compiles every page of a folder at once, and lets the application render from memory alone: a broken
 * template is an error at start, and a build that replaces the folder later does not change a running
 * server. Pages of the staff are compiled once for each language, by `lang` of the values they are given.
 * @param linked gives files in a template the addresses that browsers load them by
 * @param languages of the staff, besides English
 * @throws SyntaxError naming the template
 */
export function useViews(
  app: Express,
  folder: string,
  linked: (html: string) => string,
  languages: ReadonlyMap<string, TextOf> = new Map(),
): void {
  const templates = templatesOf(folder, linked, ENGLISH);
  const translated = new Map(
    [...languages].map(([code, textOf]) => [code, templatesOf(folder, linked, textOf, STAFF)]),
  );

  const render = (name: string, data: Record<string, unknown>): string => {
    const template = translated.get(String(data.lang))?.get(name) ?? templates.get(name);
    if (!template) throw new Error(`There is no view ${name}`);
    // EJS's own `include` would read the file each time; a local value of that name takes precedence.
    const include = (other: string, more: Record<string, unknown> = {}) =>
      render(join(dirname(name), other), { ...data, ...more });
    return template({ ...data, include });
  };

  /** What Express makes of a view name. */
  class View {
    readonly path: string | undefined;

    constructor(private readonly name: string) {
      this.path = templates.has(name) ? name : undefined;
    }

    render(data: Record<string, unknown>, done: (error: unknown, html?: string) => void): void {
      let html: string;
      try {
        html = render(this.name, data);
      } catch (error) {
        return done(error);
      }
      done(null, html);
    }
  }

  app.set('view', View);
}

/** Customers' pages name their texts themselves, and are in every language as they are. */
const STAFF = 'admin/';

const compiled = new Map<string, Map<TextOf, Map<string, Template>>>();

/** A process may have several servers, each with the same pages: for customers, for staff. */
function templatesOf(
  folder: string,
  linked: (html: string) => string,
  textOf: TextOf,
  part = '',
): Map<string, Template> {
  const ofFolder = compiled.get(folder) ?? new Map<TextOf, Map<string, Template>>();
  compiled.set(folder, ofFolder);
  const templates = ofFolder.get(textOf) ?? readTemplates(folder, linked, textOf, part);
  ofFolder.set(textOf, templates);
  return templates;
}

/** By their path in the folder, without the ending. */
function readTemplates(
  folder: string,
  linked: (html: string) => string,
  textOf: TextOf,
  part: string,
): Map<string, Template> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length).replaceAll('\\', '/'))
    .filter((name) => name.startsWith(part));
  return new Map(
    names.map((name) => {
      const filename = join(folder, name + ENDING);
      const source = linked(readFileSync(filename, 'utf8'));
      const texts =
        textOf === ENGLISH ? source : withTexts(source, (english) => textOf(new Text(english)));
      return [name, compile(texts, { filename })];
    }),
  );
}
