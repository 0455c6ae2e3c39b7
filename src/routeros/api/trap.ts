import { PISONET } from '../../command-line';
import { FixedAddress, howToInstall, RouterRefused } from '../../errors';

import { absenceOf } from '../absent-menus';
import type { Row } from './codec';

/** What a refusal means for the sender of the command. */
export type TrapKind =
  | 'not-found'
  | 'exists'
  | 'bad-value'
  | 'bad-command'
  | 'permission'
  | 'auth'
  | 'limit-reached'
  | 'unknown-user'
  | 'sessions-full'
  | 'unknown-host'
  | 'busy'
  | 'interrupted'
  | 'other';

// RouterOS gives no stable error numbers: the category is often absent and texts differ by version, so the
// kinds are recognized by patterns seen in traces. The API words a refused login differently from the
// hotspot's pages, and a shop may have pages of its own. The order matters: the API's `invalid user name`
// before `invalid`, and texts about a user's name before words that a name may contain.
const KINDS: readonly (readonly [TrapKind, RegExp])[] = [
  ['auth', /invalid user name or password|cannot log in/],
  ['limit-reached', /(uptime|traffic|transfer|bytes?) limit/],
  ['sessions-full', /no more sessions|session limit/],
  ['unknown-user', /invalid (username|password)|user .*not found|no such user/],
  // The second of an address that is another device's by now.
  ['unknown-host', /unknown host|no such host|wrong mac/],
  ['not-found', /no such item/],
  ['exists', /already (have|exists)/],
  ['permission', /not enough permissions|not allowed by device-mode/],
  ['busy', /already authoriz|retry later|try again|not responding|shutting down|timed? ?out|busy/],
  ['bad-command', /no such command|unknown parameter/],
  [
    'bad-value',
    /does not match any value|ambiguous value|invalid value|out of range|expected|less than/,
  ],
  ['interrupted', /interrupted/],
];

/** The router's refusal of one command, with its own message kept for the operator. */
export class Trap extends RouterRefused {
  readonly kind: TrapKind;
  /** The package without which the router has no such menu. */
  readonly missingPackage: string | undefined;

  constructor(
    /** Menu and command only; arguments may hold passwords. */
    readonly command: string,
    /** The router's own message; RouterOS may send none at all. */
    readonly routerSaid: string,
    readonly category: number | undefined,
  ) {
    const kind = trapKind(routerSaid);
    const missing = saysAbsent(routerSaid) ? absenceOf(menuOf(command))?.package : undefined;
    super(reasonFor(kind, command, routerSaid, missing));
    this.kind = kind;
    this.missingPackage = missing;
  }
}

function reasonFor(kind: TrapKind, command: string, said: string, missing?: string): string {
  if (missing !== undefined) return notInstalled(missing);
  return kind === 'auth' ? notKnown(said) : refused(command, said);
}

function notInstalled(name: string): string {
  return (
    `The router has no ${name}: its package "${name}" is not installed, or is disabled ` +
    `(System > Packages in WinBox). ${howToInstall(name)}`
  );
}

function menuOf(command: string): string {
  return command.slice(0, command.lastIndexOf('/'));
}

/** True for the words of a router that has no such menu. */
export function saysAbsent(routerSaid: string): boolean {
  return /no such command/i.test(routerSaid);
}

function refused(command: string, routerSaid: string): string {
  return `The router refused ${command}: ${routerSaid || 'it gave no reason'}`;
}

/** The one refusal that can be repaired at the shop's computer without the router. */
function notKnown(routerSaid: string): string {
  return (
    `The router does not take the name and password: ${routerSaid}. Those of this program stand in .env as ` +
    `MIKROTIK_USERNAME and MIKROTIK_PASSWORD; set them again with: ${PISONET} router configure`
  );
}

function trapKind(routerSaid: string): TrapKind {
  const text = routerSaid.toLowerCase();
  return KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';
}

/** A router explains itself in a line; more would only fill logs and alerts. */
const LONGEST_REASON = 300;

/** A router's message, short enough to show. */
export function brief(routerSaid: string): string {
  return routerSaid.length > LONGEST_REASON
    ? `${routerSaid.slice(0, LONGEST_REASON)}...`
    : routerSaid;
}

/** A trap sentence's attributes as an error. */
export function toTrap(command: string, row: Row): Trap {
  const category = /^\d+$/.test(row.category ?? '') ? Number(row.category) : undefined;
  return new Trap(command, brief(row.message ?? ''), category);
}

/** True where the router has no such menu, and may be without it: `absent-menus.ts` says which, and what it means. */
export function isAbsentMenu(error: unknown): error is Trap {
  return (
    error instanceof Trap &&
    saysAbsent(error.routerSaid) &&
    absenceOf(menuOf(error.command)) !== undefined
  );
}

/** Rows of a menu that may be absent: then there are none. */
export async function noneIfAbsent<T>(reading: Promise<T[]>): Promise<T[]> {
  try {
    return await reading;
  } catch (error) {
    if (isAbsentMenu(error)) return [];
    throw error;
  }
}

/** The package for want of which the router refused; `undefined` for any other error. */
export function missingPackage(error: unknown): string | undefined {
  return error instanceof Trap ? error.missingPackage : undefined;
}

/** True for a Trap of one of these kinds. */
export function isTrap(error: unknown, ...kinds: TrapKind[]): error is Trap {
  return error instanceof Trap && kinds.includes(error.kind);
}

/** True for a refusal that ends by itself soon, or that says nothing about what was asked for. */
export function isPassing(error: unknown): boolean {
  if (error instanceof FixedAddress) return true;
  return isTrap(error, 'unknown-host', 'busy', 'interrupted', 'permission', 'bad-command');
}
