import type { UpDown } from '../routeros/api/values';
import type { SimulatedDevice, Simulator } from './simulator';

/** What people do, in bits a second. */
const HABITS: readonly (UpDown & { what: string })[] = [
  { what: 'video', up: 150_000, down: 4_000_000 },
  { what: 'chat', up: 60_000, down: 250_000 },
  { what: 'game', up: 120_000, down: 400_000 },
  { what: 'download', up: 300_000, down: 12_000_000 },
  { what: 'reading', up: 80_000, down: 1_200_000 },
  { what: 'videocall', up: 1_200_000, down: 1_500_000 },
];

/** Repeatable variety: no two devices are the same, but every demo is. */
const SPREAD = [1, 0.8, 1.15, 0.9, 1.3];

const FIRST_PHONE = 11;

/**
 * Fills a simulator's network with `count` devices. The first is the visitor's own, at 127.0.0.1; the
 * phones after it have addresses from 127.0.0.11 on. A program on Linux may send HTTP from any address
 * that begins with 127, and then counts as that phone.
 * @param site of several: its phones have addresses from 127.0.SITE.11 on
 */
export function populate(simulator: Simulator, count: number, site = 0): SimulatedDevice[] {
  simulator.run(['/ip/pool/set', '=numbers=hs-pool-1', '=ranges=127.0.0.1-127.0.255.253']);
  const numbers = Array.from(
    { length: Math.max(0, count - 1) },
    (_, index) => site * 256 + FIRST_PHONE + index,
  );
  const visitor = { name: 'your-device', offered: { up: 300_000, down: 3_000_000 } };
  return (count > 0 ? [1, ...numbers] : []).map((number) =>
    simulator.addDevice({
      mac: macOf(number),
      address: `127.0.${number >> 8}.${number & 255}`,
      hostName: number === 1 ? visitor.name : `phone-${number}-${habitOf(number).what}`,
      offered: number === 1 ? visitor.offered : offeredBy(number),
    }),
  );
}

function habitOf(number: number) {
  return HABITS[(number - FIRST_PHONE) % HABITS.length]!;
}

function offeredBy(number: number): UpDown {
  const { up, down } = habitOf(number);
  const factor = SPREAD[number % SPREAD.length]!;
  return { up: Math.round(up * factor), down: Math.round(down * factor) };
}

function macOf(number: number): string {
  const digits = number.toString(16).toUpperCase().padStart(4, '0');
  return `02:00:00:00:${digits.slice(0, 2)}:${digits.slice(2)}`;
}
