import { inRange } from '../doctor/doctor-pools';
import type { HotspotHost } from './network';
import type { Mac } from '../units';

/** An ip-binding that is enabled; what it does not name matches any. */
export interface IpBinding {
  mac: Mac | undefined;
  /** An address, or a range of them. */
  address: string | undefined;
  type: string;
}

/** Whether the first binding that fits the device, in the router's order, blocks it. */
export function isBlocked(
  { mac, address, queueAddress }: Pick<HotspotHost, 'mac' | 'address' | 'queueAddress'>,
  bindings: readonly IpBinding[],
): boolean {
  const fits = (binding: IpBinding) =>
    (binding.mac === undefined || binding.mac === mac) &&
    (binding.address === undefined ||
      [address, queueAddress].some(
        (one) => one === binding.address || inRange(binding.address!, one),
      ));
  return bindings.find(fits)?.type === 'blocked';
}
