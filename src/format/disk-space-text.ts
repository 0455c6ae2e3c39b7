import { largestFiles } from '../domain/setup/disk-space';
import type { RouterFile } from '../domain/setup/setup-state';
import { sizeText } from './figures';

const MOST_NAMED = 3;

/**
 * Why no page was written, and what the owner may delete.
 * @param needed by the pages, bytes
 * @param free on the router's disk, bytes
 */
export function noSpaceText(
  needed: number,
  free: number,
  directory: string,
  files: readonly RouterFile[],
): string {
  const largest = largestFiles(directory, files, MOST_NAMED);
  const names = largest.map(({ name, bytes = 0 }) => `${name} (${sizeText(bytes)})`);
  const named = names.length > 0 ? `; the largest are ${names.join(', ')}` : '';
  return (
    `There is not enough space on the router: the pages take ${sizeText(needed)}, and ${sizeText(free)} ` +
    'are free. Nothing was written. In WinBox open Files and delete what you do not need, after a copy to ' +
    `this computer${named}. Then run this again`
  );
}
