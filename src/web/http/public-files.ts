import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { RequestHandler } from 'express';
import { VENDOR_FILES } from './vendor-files';

/** The parts of the staff's stylesheet, in order; they are sent as one. */
const ADMIN_STYLES = [
  ...['/css/base.css', '/css/controls.css', '/css/components.css', '/css/tables.css'],
  ...[
    '/css/shell.css',
    '/css/pages.css',
    '/css/places.css',
    '/css/selling.css',
    '/vendor/uplot.min.css',
  ],
];

/** What a page may do is of no use to a script or a picture: a kilobyte for each of a page's ten files. */
const HEADERS = { 'x-content-type-options': 'nosniff' };
const SHOWN_BY = 'cross-origin-resource-policy';

/** For an address that changes with the content. */
export const FOR_EVER = 'public, max-age=31536000, immutable';
/** Without a version: pictures, and what other programs name. */
const AN_HOUR = 'public, max-age=3600';

interface PublicFile {
  content: Buffer;
  etag: string;
  /** Of the content, for its address. */
  version: string;
}

export interface PublicFiles {
  serve: RequestHandler;
  /** The page with the addresses of these files in it, so that after an update no browser shows it with older ones. */
  linked: (html: string) => string;
}

/**
 * The files that browsers load, read once: a later build does not change a running server, whose pages
 * belong to these.
 * @param root the folder that contains `public`; in development the packages' files are read from beside
 *   it
 */
export function publicFiles(root: string): PublicFiles {
  const files = readFiles(root);
  const linked = (html: string) =>
    html.replaceAll(/(?<=(?:href|src)=")(\/[^"?]+\.(?:css|js))(?=")/g, (path) => {
      const file = files.get(path);
      return file ? `${path}?v=${file.version}` : path;
    });
  const serve: RequestHandler = (req, res, next) => {
    const file = files.get(req.path);
    if (!file || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
    if (!res.hasHeader(SHOWN_BY)) res.set(SHOWN_BY, 'same-origin');
    const kept = req.query.v === file.version ? FOR_EVER : AN_HOUR;
    res.set({ ...HEADERS, 'cache-control': kept, etag: file.etag });
    res.type(extname(req.path)).send(file.content);
  };
  return { serve, linked };
}

/** By their paths in addresses. */
function readFiles(root: string): ReadonlyMap<string, PublicFile> {
  const folder = join(root, 'public');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const own = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = new Map(
    own.map((file) => {
      const path = file.slice(folder.length).replaceAll('\\', '/');
      // A build has the packages' files there too; those are as small as they get.
      const isOurs = path.endsWith('.js') && !path.startsWith('/vendor/');
      const content = readFileSync(file);
      return [path, tagged(isOurs ? withoutCommentLines(content) : content)];
    }),
  );
  for (const [name, source] of Object.entries(VENDOR_FILES)) {
    const file = join(root, 'node_modules', source);
    const path = `/vendor/${name}`;
    if (!files.has(path) && existsSync(file)) files.set(path, tagged(readFileSync(file)));
  }

  const styles = ADMIN_STYLES.map((path) => files.get(path)!.content.toString());
  files.set('/admin.css', tagged(Buffer.from(withoutComments(styles.join('')))));
  return files;
}

/** Browsers need no comments and no indents: a sixth less on its way. No text in a stylesheet of ours looks like either. */
function withoutComments(css: string): string {
  return css.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\n\s+/g, '\n');
}

/** Of a script of ours: lines that are a comment, and indents. No text in one goes on over a line's end. */
function withoutCommentLines(script: Buffer): Buffer {
  const code = script.toString().replaceAll(/^\s*(\/\/.*|\/\*[\s\S]*?\*\/)\s*\n/gm, '');
  return Buffer.from(code.replaceAll(/\n\s+/g, '\n'));
}

/** Content with the tag by which a browser asks whether it changed. */
function tagged(content: Buffer): PublicFile {
  const hash = createHash('sha256').update(content).digest('base64url');
  return { content, etag: `"${hash}"`, version: hash.slice(0, 8) };
}
