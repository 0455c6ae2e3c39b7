import type { Values } from '../engine/table';
import type { Station } from './states';
import { referenced, serverAt, type Tables } from './tables';

/** The router's answer to a phone that submitted its login form. */
export interface PageAnswer {
  /** It is logged in under that name now. */
  isIn: boolean;
  /** The page it sees then, filled in by the router; empty if it is logged in. */
  page: string;
}

/** Refusals by the keys of `errors.txt`, each recognized by the router's own text. */
const KEYS: readonly (readonly [RegExp, string])[] = [
  [/mac address/i, 'invalid-mac'],
  [/uptime limit/i, 'uptime-limit'],
  [/(traffic|transfer|bytes?) limit/i, 'traffic-limit'],
  [/no more sessions/i, 'user-session-limit'],
  [/already authorizing/i, 'auth-in-progress'],
];

/** The login page as the router serves it after a refusal, from the files on it. */
export function refusedPage(tables: Tables, station: Station, refusal: string): string {
  const folder = pageFolder(tables, station);
  const read = (name: string) => tables.files.named(`${folder}/${name}`)[0]?.values['contents'];
  const key = KEYS.find(([words]) => words.test(refusal))?.[1] ?? 'invalid-username';
  const own = new RegExp(`^${key} = (.*)$`, 'm').exec(read('errors.txt') ?? '')?.[1];
  // Without a page or texts of its own a router uses its stock ones, which say exactly what was wrong.
  return fill(read('login.html') ?? '$(error)', { error: own ?? refusal, 'error-orig': refusal });
}

function pageFolder(tables: Tables, station: Station): string {
  const server = serverAt(tables, station.interface);
  const profile = referenced(tables.serverProfiles, server?.values['profile'])?.values ?? {};
  return profile['html-directory-override'] || (profile['html-directory'] ?? '');
}

/** `$(name)`, `$(name-esc)` for addresses, and `$(if name)...$(endif)`. */
function fill(page: string, variables: Values): string {
  return page
    .replaceAll(/\$\(if ([\w-]+)\)([^]*?)\$\(endif\)/g, (_, name: string, text: string) =>
      variables[name] ? text : '',
    )
    .replaceAll(/\$\(([\w-]+?)(-esc)?\)/g, (_, name: string, escaped?: string) => {
      const value = variables[name] ?? '';
      return escaped ? encodeURIComponent(value) : value;
    });
}
