import { FLASH } from '../doctor/doctor-pages';
import { hasFlash } from './setup-plan';
import type { RouterFile } from './setup-state';
import type { Page } from './setup-step';

/** A file takes whole blocks of the flash. */
const BLOCK_BYTES = 4096;

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

/** The largest files that are none of ours and take space on the disk, the largest first. */
export function largestFiles(
  directory: string,
  files: readonly RouterFile[],
  most: number,
): RouterFile[] {
  const isOnDisk = ({ name }: RouterFile) => !hasFlash(files) || name.startsWith(`${FLASH}/`);
  return files
    .filter((file) => !file.isFolder && (file.bytes ?? 0) > BLOCK_BYTES)
    .filter((file) => isOnDisk(file) && !file.name.startsWith(`${directory}/`))
    .sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
    .slice(0, most);
}
