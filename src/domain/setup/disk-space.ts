import { FLASH } from '../doctor/doctor-pages';
import { formatSize, rounded } from '../units';
import { hasFlash } from './setup-plan';
import type { RouterFile } from './setup-state';
import type { Page } from './setup-step';

/** A file takes whole blocks of the flash. */
const BLOCK_BYTES = 4096;
const MOST_NAMED = 3;

/** What pages take on the router's disk beyond what is there under their names. */
export function spaceFor(
  pages: readonly (Page & { id: string | undefined })[],
  files: readonly RouterFile[],
): number {
  const inBlocks = (bytes: number) => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
  const needs = pages.map(({ id, contents }) => {
    const there = id === undefined ? 0 : (files.find((file) => file.id === id)?.bytes ?? 0);
    return Math.max(0, inBlocks(Buffer.byteLength(contents, 'utf8')) - inBlocks(there));
  });
  return needs.reduce((sum, bytes) => sum + bytes, 0);
}

/** Why the pages were not even begun, and what the owner may delete: the largest files, which are none of ours. */
export function noSpace(
  needed: number,
  free: number,
  directory: string,
  files: readonly RouterFile[],
): string {
  const isOnDisk = ({ name }: RouterFile) => !hasFlash(files) || name.startsWith(`${FLASH}/`);
  const largest = files
    .filter((file) => !file.isFolder && (file.bytes ?? 0) > BLOCK_BYTES)
    .filter((file) => isOnDisk(file) && !file.name.startsWith(`${directory}/`))
    .sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
    .slice(0, MOST_NAMED)
    .map(({ name, bytes = 0 }) => `${name} (${formatSize(rounded(bytes))})`);
  const named = largest.length > 0 ? `; the largest are ${largest.join(', ')}` : '';
  return (
    `There is not enough space on the router: the pages take ${formatSize(rounded(needed))}, and ${formatSize(rounded(free))} ` +
    'are free. Nothing was written. In Winbox open Files and delete what you do not need, after a copy to ' +
    `this computer${named}. Then run this again`
  );
}
