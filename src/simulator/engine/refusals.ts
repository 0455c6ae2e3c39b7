/**
 * The ways a router refuses. Texts are RouterOS's own: clients match on them, so changing a word here is
 * a bug. RouterOS 6 words some of them differently and mostly leaves the category out.
 */

/** Trap categories of the manual: 0 missing item or command, 1 argument value, 2 interrupted, 4 general. */
export type TrapCategory = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Thrown by a command; the connection sends it as `!trap`. Nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    readonly category?: TrapCategory,
    /** How RouterOS 6 words it. */
    readonly legacyMessage = message,
  ) {
    super(message);
  }
}

/** The router's log is never in the words of the page, which a shop may have changed. */
export class RefusedLogin extends Refusal {
  constructor(
    message: string,
    readonly logged: string,
  ) {
    super(message);
  }
}

export const noSuchItem = () => new Refusal('no such item', 0, 'no such item (4)');
export const noSuchCommand = () => new Refusal('no such command', 0, 'no such command prefix');
export const noSuchDirectory = (name: string) =>
  new Refusal(`no such command or directory (${name})`, 0, 'no such command prefix');
export const unknownParameter = (name: string) =>
  new Refusal(`unknown parameter ${name}`, 0, 'unknown parameter');
export const missing = (name: string) =>
  new Refusal(`missing =${name}=`, 0, `missing value(s) of argument(s) ${name}`);
export const invalidValue = (name: string) => new Refusal(`invalid value for argument ${name}`, 1);
export const outOfRange = (name: string, min: number, max: number) =>
  new Refusal(`value of ${name} out of range (${min}..${max})`, 1);
export const noMatch = (name: string) =>
  new Refusal(`input does not match any value of ${name}`, 1);
export const ambiguous = (name: string) =>
  new Refusal(`ambiguous value of ${name}, more than one possible value matches input`, 1);
export const failure = (what: string) => new Refusal(`failure: ${what}`);
export const notPermitted = () => new Refusal('not enough permissions (9)');
export const wrongPassword = () => new Refusal('invalid user name or password (6)');
export const interrupted = () => new Refusal('interrupted', 2);
export const notByDeviceMode = () => failure('not allowed by device-mode');
