import type { Property } from './property';
import type { Entry, Table, Values } from './table';

/** Policies of a user group that commands ask for. */
export type Policy =
  'read' | 'write' | 'test' | 'sensitive' | 'policy' | 'reboot' | 'ftp' | 'api' | 'winbox';

export interface Caller {
  can(policy: Policy): boolean;
}

export interface Request {
  args: Record<string, string>;
  /** The words that begin with `?`, in order. */
  queries: readonly string[];
  caller: Caller;
}

export interface Outcome {
  /** Present for any print, even when there is nothing to print. */
  rows?: Values[];
  /** `=ret=` of the closing `!done`. */
  ret?: string;
  /** Goes on until it is cancelled. */
  running?: boolean;
  /** Of one that goes on: begins to tell of new rows. @returns what ends it */
  follow?: (tell: (rows: Values[]) => void) => () => void;
  /** The rest of the reply, which takes its time; rejects with a Refusal. */
  later?: Promise<Outcome>;
}

export interface Command {
  needs: readonly Policy[];
  run(request: Request): Outcome;
}

export interface Menu {
  readonly path: string;
  readonly commands: ReadonlyMap<string, Command>;
}

export type Verb = 'add' | 'set' | 'remove' | 'unset' | 'enable' | 'disable' | 'comment' | 'move';

export const EDITABLE: readonly Verb[] = ['add', 'set', 'remove', 'unset'];
export const SWITCHABLE: readonly Verb[] = [...EDITABLE, 'enable', 'disable', 'comment'];

/** What a menu adds to the generic engine. Everything is optional except path, table and properties. */
export interface MenuSpec<S> {
  readonly path: string;
  readonly table: Table<S>;
  readonly properties: readonly Property<S>[];
  /** Beyond `print`, which every menu has. */
  readonly verbs?: readonly Verb[];
  /** The simulator's own state for a new row. Needed if rows can be added. */
  readonly state?: (values: Values) => S;
  /** Policies that writing here needs besides `write`. */
  readonly writing?: readonly Policy[];
  /** One row without an id, such as `/system/identity`. */
  readonly settings?: boolean;
  /** Own commands, and own versions of generic ones. */
  readonly commands?: Record<string, Command>;
  /** Own commands that do something to each row named by `.id` or `numbers`. */
  readonly perRow?: Record<string, (entry: Entry<S>, args: Values) => void>;
  /** Runs once before rows are shown, so that counters are up to date. */
  readonly refresh?: () => void;
  /** Final check of a complete draft, before anything is changed. @throws Refusal */
  readonly check?: (draft: Values, entry: Entry<S> | undefined) => void;
  readonly added?: (entry: Entry<S>) => void;
  readonly changed?: (entry: Entry<S>, before: Values) => void;
  /** Instead of removing the row from the table, if more has to be done. */
  readonly remove?: (entry: Entry<S>) => void;
}
