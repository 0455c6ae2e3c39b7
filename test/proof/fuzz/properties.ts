import { rows } from './rows';
import { settings } from './settings';
import { typed } from './typed';
import { wire } from './wire';

/** Everything that reads what others send, in this process; pages are in `pages.ts`. */
export const READERS = [...wire, ...rows, ...typed, ...settings];
