/** The orders of a list of who is online, in the pages and in the terminal. */
import type { OnlineDevice } from './device-service';

/** What the list can be sorted by, the greatest first; what is left, the least first. */
const ORDERS = {
  speed: (one: OnlineDevice) => -(one.rate.up + one.rate.down),
  used: (one: OnlineDevice) => -(one.used.up + one.used.down),
  left: (one: OnlineDevice) => one.secondsLeft ?? Infinity,
} as const;
export type DeviceOrder = keyof typeof ORDERS;
export const DEVICE_ORDERS = Object.keys(ORDERS) as DeviceOrder[];

/** Those that are alike stay in the order of their names, so that the list does not jump. */
export function sorted(devices: readonly OnlineDevice[], by: DeviceOrder): OnlineDevice[] {
  const labelOf = ({ name, mac }: OnlineDevice) => name ?? mac;
  return [...devices].sort(
    (a, b) => ORDERS[by](a) - ORDERS[by](b) || labelOf(a).localeCompare(labelOf(b)),
  );
}
