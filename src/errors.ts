import { joined, say, Text, word } from './text';

/**
 * What can go wrong, worded for people. `message` says what happened and what to do next; `detail` is for the
 * log and never holds a password. Statuses live in web/error-page.ts, exit codes in cli/shell/run-command.ts.
 */
export class AppError extends Error {
  /** `message` before it was put into English. */
  readonly text: Text;
  readonly detail: Record<string, unknown> | undefined;

  /** @param text where values are filled in: say`There is no batch ${id}`, so that it is known by its key */
  constructor(
    text: Text | string,
    options: { cause?: unknown; detail?: Record<string, unknown> } = {},
  ) {
    super(String(text), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.text = typeof text === 'string' ? new Text(text) : text;
    this.detail = options.detail;
  }
}

/** Someone typed or sent something that cannot be used; nothing was changed. */
export class InvalidInput extends AppError {}
/** One value that cannot be used. */
export interface BadValue {
  /** Of a setting, or of a part of one. */
  name: string;
  /** The value, quoted, behind a space; empty for a secret. */
  shown?: string;
  /** What is wrong, without the name: `is empty`. */
  problem: Text;
}

/** Several values cannot be used: a line for each. A form says it with the names of its fields. */
export class BadValues extends InvalidInput {
  /** @param line as it is said where the values have no other names */
  constructor(
    readonly values: readonly BadValue[],
    line: (value: BadValue) => Text = ({ name, problem }) => say`${name} ${problem}`,
  ) {
    super(joined(values.map(line)));
  }
}

/** The button was pressed before a code was typed. */
export class NothingTyped extends InvalidInput {}
/** The thing named is not in our books. */
export class NotFound extends AppError {}
/** It exists, but its state does not allow this (a used code, a name already taken). */
export class Conflict extends AppError {}
/** Staff blocked this device from the Wi-Fi, whatever code it enters. */
export class DeviceBlocked extends Conflict {}
/** The device gets in without a voucher: by an ip-binding, or as another program's user. */
export class OnlineAlready extends Conflict {}
/** The same, as a user of another program: it may leave that, and use its code. */
export class OnlineAsOther extends OnlineAlready {}
/** The code is good, but not at the site whose router the device is at. */
export class OtherSite extends Conflict {}
/** The code of a voucher that runs, or waits its turn, on the same device that typed it. */
export class AlreadyYours extends Conflict {}
/** The time or data of the voucher is used up; said to a device that had it. */
export class TimeOver extends Conflict {}
/** The voucher moved from phone to phone too often, or a moment ago; said to a device that had it. */
export class MovedTooOften extends Conflict {}
/** The device has something that never ends: the time of another voucher could not begin. */
export class NeedsNoVoucher extends Conflict {}
/** No slot of a coin box can be opened for this customer now. */
export class SlotBusy extends Conflict {
  /** @param isBusy somebody else is at it; otherwise the box does not answer */
  constructor(
    message: string,
    readonly isBusy: boolean,
  ) {
    super(message);
  }
}
/** The device opened the slot too often, and put nothing in. */
export class SlotBanned extends Conflict {
  constructor(readonly retryAfterSeconds: number) {
    super(say`The slot was opened too often without a coin. Wait ${retryAfterSeconds} seconds`);
  }
}
/** Too many wrong codes, passwords or tokens: wait first. */
export class TooManyGuesses extends AppError {
  constructor(
    readonly retryAfterSeconds: number,
    what: 'codes' | 'passwords' | 'tokens' | 'signatures' = 'codes',
  ) {
    super(say`Too many wrong ${word(what)}. Wait ${retryAfterSeconds} seconds and try again.`);
  }
}
/** Other people's codes are checked first, and the queue is full; nothing is wrong with this one. */
export class QueueTooLong extends TooManyGuesses {}
/** Not for this account. */
export class NotAllowed extends AppError {}
/** The router cannot be reached. This is normal: retried, nothing lost. */
export class RouterUnreachable extends AppError {}
/** The company that takes payments cannot be reached, or is too busy. Nothing was charged, and another try may do. */
export class GatewayAway extends AppError {}
/** It answered and refused: a key that is wrong, or an amount it does not take. Somebody has to look at it. */
export class GatewayRefused extends AppError {}
/** The program is stopping; nothing was started, and a retry a little later is answered. */
export class ShuttingDown extends AppError {
  constructor() {
    super('The server is stopping. Try again in a minute.');
  }
}
/** Nobody said at which address phones reach this computer, and it cannot be told. */
export class NoPortalAddress extends InvalidInput {}
/** The router answered and refused; `message` carries its own words. */
export class RouterRefused extends AppError {}
/** What waiting does not mend: somebody has to change something on the router first. */
export class NeedsStaff extends RouterRefused {}
/** The router translates the fixed address of a device, and logs it in at neither of the two. */
export class FixedAddress extends RouterRefused {}

/** Why the books cannot be used; see `BooksUnavailable`. */
export type BooksTrouble =
  | 'full'
  | 'locked'
  | 'read-only'
  | 'not-allowed'
  | 'failing'
  | 'damaged'
  | 'lost'
  | 'away'
  | 'opening';

/** What staff read, and what they can do about it. */
const TROUBLES: Record<BooksTrouble, string> = {
  full: "The disk of the shop's computer is full, so nothing can be saved. Free some room on it, and the shop goes on by itself.",
  locked:
    "Another program keeps the shop's books locked, so nothing can be saved. Close the program that has the database open, and the shop goes on by itself.",
  'read-only':
    "The shop's books may not be written: the disk, the folder or the file is read-only. Give the user of this program the right to write, and the shop goes on by itself.",
  'not-allowed':
    "The database does not let its user do what is needed for the shop's books. Ask the person who runs the database to give that user the rights of the owner of the database and its tables. The shop then continues by itself.",
  failing:
    "The disk of the shop's computer does not take what is saved, or is broken. Make a backup, then look at the disk.",
  damaged:
    "The shop's books are damaged, so not all of them can be read or saved. Customers who are online stay online. Restore the newest backup: Shop, Backups, or the command restore while the server is stopped.",
  lost: 'These are not the books this shop had. Restore the newest backup: the command restore while the server is stopped.',
  away: "The database server with the shop's books cannot be reached, so nothing can be saved. Look whether it runs, and the shop goes on by itself.",
  opening: "The shop's books are still being opened. Try again in a minute.",
};

/**
 * The books cannot be written, or not even read, just now. Nothing was changed. It recovers by itself, but for
 * books that are damaged or lost.
 */
export class BooksUnavailable extends AppError {
  constructor(
    readonly trouble: BooksTrouble,
    cause?: unknown,
    text: Text | string = TROUBLES[trouble],
  ) {
    super(text, { cause, detail: { trouble } });
  }

  /** The same for people who need not know where the books are. */
  get forPages(): BooksUnavailable {
    return this;
  }
}

/** Found when the books on a server were opened: whoever starts the program, or reads its log, is told which server. */
export class ServerUnavailable extends BooksUnavailable {
  constructor(
    private readonly found: BooksUnavailable,
    server: string,
  ) {
    super(found.trouble, found.cause, say`${found.text} (${server}, from DATABASE_URL)`);
  }

  override get forPages(): BooksUnavailable {
    return this.found;
  }
}

/** Happened while a code was being taken: the code can be used again. */
export class CodeNotTaken extends BooksUnavailable {
  constructor({ trouble, cause, text }: BooksUnavailable) {
    super(trouble, cause, text);
  }
}

/** What went wrong before a code was used up; problems with the books get that wording. */
export function beforeCodeTaken(error: unknown): unknown {
  return error instanceof BooksUnavailable ? new CodeNotTaken(error) : error;
}

const TROUBLE_CODES: Record<string, BooksTrouble> = {
  SQLITE_FULL: 'full',
  ENOSPC: 'full',
  EDQUOT: 'full',
  SQLITE_BUSY: 'locked',
  SQLITE_LOCKED: 'locked',
  SQLITE_READONLY: 'read-only',
  SQLITE_CANTOPEN: 'read-only',
  SQLITE_PERM: 'read-only',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  SQLITE_IOERR: 'failing',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
  EIO: 'failing',
  EFBIG: 'failing',
  // PostgreSQL's
  '53100': 'full',
  '55P03': 'locked',
  '57014': 'locked',
  '40P01': 'locked',
  '40001': 'locked',
  '25006': 'read-only',
  '42501': 'not-allowed',
  '58030': 'failing',
  XX001: 'damaged',
  XX002: 'damaged',
  '08000': 'away',
  '08001': 'away',
  '08003': 'away',
  '08004': 'away',
  '08006': 'away',
  '57P01': 'away',
  '57P02': 'away',
  '57P03': 'away',
  '25P03': 'away',
  '57P05': 'away',
  '53300': 'away',
  ECONNREFUSED: 'away',
  ECONNRESET: 'away',
  EPIPE: 'away',
  ETIMEDOUT: 'away',
  EHOSTUNREACH: 'away',
  ENETUNREACH: 'away',
  ENOTFOUND: 'away',
  EAI_AGAIN: 'away',
};

/** Where a server needs other words than a file on the disk. */
const SERVER_WORDS: Record<string, string> = {
  '53300':
    'The database server takes no more connections. End programs that keep some open, or raise max_connections there: each computer with this program needs up to 11. The shop then continues by itself.',
  '25006':
    'The database server takes no changes: it only follows another server, or was set to read-only. Name the server that takes changes in DATABASE_URL, or end that setting.',
  '57014':
    'The database server cut off what took it too long. Ask the person who runs it to raise statement_timeout for the user of this program.',
  '55P03':
    'Another program was writing to the database for too long. Try again; if it goes on, look in pg_stat_activity which one.',
};

/** The driver has no code for these. */
const LOST = /^Connection (terminated|ended)|timeout expired|not queryable/;

/** What the disk or the database complains about, in our words; `undefined` for anything else. */
export function booksTrouble(error: unknown): BooksUnavailable | undefined {
  if (error instanceof BooksUnavailable) return error;
  const { code, name, message } = (error ?? {}) as Record<string, unknown>;
  // A caller waiting for the one connection waits for someone that a lock blocks.
  if (name === 'KnexTimeoutError') return new BooksUnavailable('locked', error);
  const trouble = typeof code === 'string' ? TROUBLE_CODES[code] : undefined;
  if (trouble) return new BooksUnavailable(trouble, error, SERVER_WORDS[code as string]);
  const isLost = typeof message === 'string' && LOST.test(message.split(' - ').at(-1)!);
  return isLost ? new BooksUnavailable('away', error) : undefined;
}

/** What to do if a package is missing, for anyone who can open the router in WinBox. */
export function howToInstall(name: string): string {
  return (
    'Download the extra packages of just the same version of RouterOS, for the same kind of router, from ' +
    `mikrotik.com/download, drag ${name}-VERSION.npk into Files in WinBox, and restart the router`
  );
}
