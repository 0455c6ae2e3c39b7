import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the product; its folder is one level up from here, or two when this runs from `dist/`. */
export function ownPath(name: string): string | undefined {
  return ['../..', '../../..']
    .map((up) => join(__dirname, up, name))
    .find((path) => existsSync(path));
}

export function readOwnFile(name: string): string | undefined {
  const path = ownPath(name);
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}
