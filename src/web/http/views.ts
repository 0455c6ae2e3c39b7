import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, type Template } from 'ejs';
import type { Express } from 'express';

const ENDING = '.ejs';

/**
 * Compiles every page of a folder at once, and lets the application render from memory alone: a broken
 * template is an error at start, and a build that replaces the folder later does not change a running
 * server.
 * @throws SyntaxError naming the template
 */
export function useViews(app: Express, folder: string): void {
  const templates = templatesOf(folder);

  const render = (name: string, data: Record<string, unknown>): string => {
    const template = templates.get(name);
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

const compiled = new Map<string, Map<string, Template>>();

/** A process may have several servers, each with the same pages: for customers, for staff. */
function templatesOf(folder: string): Map<string, Template> {
  const templates = compiled.get(folder) ?? readTemplates(folder);
  compiled.set(folder, templates);
  return templates;
}

/** By their path in the folder, without the ending. */
function readTemplates(folder: string): Map<string, Template> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const views = names.filter((name) => name.endsWith(ENDING));
  return new Map(
    views.map((name) => {
      const filename = join(folder, name);
      const template = compile(readFileSync(filename, 'utf8'), { filename });
      return [name.slice(0, -ENDING.length).replaceAll('\\', '/'), template];
    }),
  );
}
