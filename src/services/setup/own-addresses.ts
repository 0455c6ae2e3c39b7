import { networkInterfaces } from 'node:os';

/** The IPv4 addresses by which other machines reach this computer. */
export function ownAddresses(): string[] {
  const cards = Object.values(networkInterfaces()).flatMap((card) => card ?? []);
  return cards
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}
