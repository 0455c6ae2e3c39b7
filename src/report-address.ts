import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From the sources, and from `dist/`. */
const FOLDERS = [join(__dirname, '..'), join(__dirname, '..', '..')];

let known: { address: string | undefined } | undefined;

/**
 * Where people send the report of a router: `bugs` in `package.json`, its address of a page or its e-mail.
 * `undefined` where whoever publishes this program has set none.
 */
export function reportAddress(): string | undefined {
  known ??= { address: addressIn(FOLDERS.map(readManifest).find((text) => text !== undefined)) };
  return known.address;
}

/** @param manifest the text of a `package.json` */
export function addressIn(manifest = '{}'): string | undefined {
  const { bugs } = JSON.parse(manifest) as { bugs?: string | { url?: string; email?: string } };
  return typeof bugs === 'string' ? bugs : (bugs?.url ?? bugs?.email);
}

function readManifest(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'package.json'), 'utf8');
  } catch {
    return undefined; // the other folder has it
  }
}
