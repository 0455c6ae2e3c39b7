import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { InvalidInput } from '../../errors';
import { say } from '../../text';

/** What one guess costs an attacker: see scrypt. */
export interface PasswordCost {
  N: number;
  r: number;
  p: number;
}

export const PASSWORD_COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };
const MEMORY = 64 * 1024 * 1024;
const KEY_BYTES = 32;
const SHORTEST = 8;
const LONGEST = 200; // more only keeps the processor busy

/** @throws InvalidInput worded for the person who chooses the password */
export function checkPassword(password: string): void {
  if (password.length < SHORTEST) {
    throw new InvalidInput(say`The password must have at least ${SHORTEST} characters`);
  }
  if (new Set(password).size < 3) {
    throw new InvalidInput('The password is the same few characters over and over: choose another');
  }
  if (password.length > LONGEST) {
    throw new InvalidInput(say`The password must have at most ${LONGEST} characters`);
  }
}

/** `scrypt$N$r$p$salt$key`: the cost is kept with the hash, so that it can be raised later. */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(16);
  return written(cost, salt, await derive(password, salt, cost));
}

/** A hash that no password matches: checking against it takes as long as against a real one. */
export function nobodysHash(cost: PasswordCost): string {
  return written(cost, Buffer.alloc(16), Buffer.alloc(KEY_BYTES));
}

function written({ N, r, p }: PasswordCost, salt: Buffer, key: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64'), key.toString('base64')].join('$');
}

export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = hash.split('$');
  if (scheme !== 'scrypt' || !salt || !key || password.length > LONGEST) return false;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64'), cost);
  const expected = Buffer.from(key, 'base64');
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}

// Not scryptSync: a quarter of a second would block the loop.
function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: MEMORY };
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
