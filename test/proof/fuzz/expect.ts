import { InvalidInput } from '../../../src/errors';

/** @returns what was read; `undefined` where it was refused in words. @throws anything else that came */
export function readOrRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    if (error.message === '') throw new Error('refused without a word', { cause: error });
    return undefined;
  }
}

export function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** A figure that can be counted with: whole, not negative, and exact. */
export function mustCount(figure: number | null | undefined, name: string): void {
  if (figure === null || figure === undefined) return;
  must(Number.isSafeInteger(figure) && figure >= 0, `${name} was read as ${figure}`);
}

export function mustBeEqual(one: unknown, other: unknown, what: string): void {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  must(a === b, `${what}: ${a} is not ${b}`);
}
