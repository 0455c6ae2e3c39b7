import { setImmediate } from 'node:timers/promises';
import type { Simulator } from '../../../src/simulator/simulator';

/**
 * The router restarts, and the program has seen that its line was cut: a round that begins before it looks at its
 * sockets again may still send into that line, and end with an error.
 */
export async function reboot(
  simulator: Simulator,
  options?: Parameters<Simulator['reboot']>[0],
): Promise<void> {
  simulator.reboot(options);
  // The first may come in the very look in which the line was cut.
  await setImmediate();
  await setImmediate();
}
