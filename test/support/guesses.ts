import { randomBytes } from 'node:crypto';
import { generateCodes } from '../../src/domain/vouchers/voucher-code';
import type { ShopServer } from './program/shop-server';

/** Codes that nobody has. */
export function wrongCodes(count: number): string[] {
  return generateCodes(count, { random: randomBytes, prefix: 'WRONG' });
}

/** Wrong codes of a phone, one after the other. @returns the status of each answer */
export async function guess(
  server: ShopServer,
  from: { address: string },
  count: number,
): Promise<number[]> {
  const statuses: number[] = [];
  for (const code of wrongCodes(count)) statuses.push((await server.redeem(from, code)).status);
  return statuses;
}

/** Wrong codes of ever new devices, until one more has to wait for its turn. */
export async function besiege(server: ShopServer, first = 100): Promise<void> {
  for (let n = 0; n < 7; n += 1) await guess(server, server.phone(first + n), 8);
  await guess(server, server.phone(first + 7), 4);
}
