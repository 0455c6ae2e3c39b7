/**
 * What can go wrong, in words for people. `message` says what happened and what to do next; `detail`
 * is for the log and never holds a password. Statuses live in web/error-page.ts, exit codes in cli/main.ts.
 */
export class AppError extends Error {
  readonly detail: Record<string, unknown> | undefined;

  constructor(
    message: string,
    options: { cause?: unknown; detail?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.detail = options.detail;
  }
}

/** Somebody typed or sent something that cannot be used; nothing was changed. */
export class InvalidInput extends AppError {}
/** The thing named is not in our books. */
export class NotFound extends AppError {}
/** It is there, but its state does not allow this (a used code, a name already taken). */
export class Conflict extends AppError {}
/** Staff will not have this device on the Wi-Fi, whatever code it brings. */
export class DeviceBlocked extends Conflict {}
/** The code of a voucher that runs, or waits its turn, on the very device that typed it. */
export class AlreadyYours extends Conflict {}
/** Too many wrong codes, or passwords: wait first. */
export class TooManyGuesses extends AppError {
  constructor(
    readonly retryAfterSeconds: number,
    what: 'codes' | 'passwords' = 'codes',
  ) {
    super(`Too many wrong ${what}. Wait ${retryAfterSeconds} seconds and try again.`);
  }
}
/** Codes of others are looked at first, and the line is full; nothing is wrong with this one. */
export class LineTooLong extends TooManyGuesses {}
/** Not for this account. */
export class NotAllowed extends AppError {}
/** The router cannot be reached; normal life: retried, nothing lost. */
export class RouterUnreachable extends AppError {}
/** The program ends; nothing was begun, and another try a little later is answered. */
export class ShuttingDown extends AppError {
  constructor() {
    super('The server is stopping. Try again in a minute.');
  }
}
/** The router answered and said no; `message` carries its own words. */
export class RouterRefused extends AppError {}
