import { sep } from 'node:path';

/**
 * How to call the commands from the shop's folder, for messages, help and docs. In a folder of the sources
 * that is the script there: `npx pisonet` does the same, but npx is slow, and asks the registry when called in
 * another folder. Where the program was installed as a package there is no script, and npx alone finds it.
 */
export const PISONET = commandFrom(__dirname);

/** @param folder where this program is */
export function commandFrom(folder: string): './pisonet' | 'npx pisonet' {
  return folder.split(sep).includes('node_modules') ? 'npx pisonet' : './pisonet';
}
