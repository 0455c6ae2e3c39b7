import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { RequestHandler } from 'express';
import { VENDOR_FILES } from './vendor-files';

/**
 * The files that browsers load, read once: a later build does not change a running server, whose pages
 * belong to these.
 * @param root the folder that contains `public`; in development the packages' files are read from beside
 *   it
 */
export function publicFiles(root: string): RequestHandler {
  const folder = join(root, 'public');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const own = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const files = new Map(
    own.map((file) => [file.slice(folder.length).replaceAll('\\', '/'), readPublic(file)]),
  );
  for (const [name, source] of Object.entries(VENDOR_FILES)) {
    const file = join(root, 'node_modules', source);
    const path = `/vendor/${name}`;
    if (!files.has(path) && existsSync(file)) files.set(path, readPublic(file));
  }

  return (req, res, next) => {
    const file = files.get(req.path);
    if (!file || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
    const maxAge = req.path.startsWith('/vendor/') ? '86400' : '3600';
    res.set({ 'cache-control': `public, max-age=${maxAge}`, etag: file.etag });
    res.type(extname(req.path)).send(file.content);
  };
}

function readPublic(file: string): { content: Buffer; etag: string } {
  const content = readFileSync(file);
  return { content, etag: `"${createHash('sha256').update(content).digest('base64url')}"` };
}
