import { FixedAddress } from '../errors';
import { write, type ApiSender } from './api/sentences';
import { isTrap, type Trap } from './api/trap';
import { say } from '../text';

interface Login {
  mac: string;
  /** The one it uses itself. */
  address: string;
  /** What the hotspot translates it to, where it does. */
  toAddress?: string;
  code: string;
  password: string;
}

/**
 * Logs devices in over one connection. Of a translated host, which address the router asks for is not
 * documented, so the one that worked last on this connection is tried first, and then the other.
 */
export class HotspotLogin {
  private worksBy: 'address' | 'toAddress' = 'address';

  constructor(private readonly api: ApiSender) {}

  /**
   * Logs a device in under its voucher's code; it must be in the host table.
   * @returns the address it was logged in at
   * @throws FixedAddress when the router knows a translated host by neither address
   */
  async logIn(device: Login): Promise<string> {
    const { address, toAddress } = device;
    if (toAddress === undefined) {
      await this.logInAt(address, device);
      return address;
    }
    const addresses = { address, toAddress };
    const first = this.worksBy;
    if (!(await this.unknownAt(addresses[first], device))) return addresses[first];
    const second = first === 'address' ? 'toAddress' : 'address';
    const refusal = await this.unknownAt(addresses[second], device);
    if (refusal) throw knownByNeither(device, refusal);
    this.worksBy = second;
    return addresses[second];
  }

  /** @returns the refusal if the router knows no such host; `undefined` when the device is in */
  private async unknownAt(ip: string, device: Login): Promise<Trap | undefined> {
    try {
      await this.logInAt(ip, device);
      return undefined;
    } catch (error) {
      if (isTrap(error, 'unknown-host')) return error;
      throw error;
    }
  }

  private async logInAt(ip: string, { mac, code, password }: Login): Promise<void> {
    await write(this.api, '/ip/hotspot/active/login', [
      ...[`=ip=${ip}`, `=mac-address=${mac}`],
      ...[`=user=${code}`, `=password=${password}`],
    ]);
  }
}

function knownByNeither({ mac, address, toAddress }: Login, cause: Trap): FixedAddress {
  return new FixedAddress(
    say`The router does not let ${mac} in, neither at its own address ${address} nor at ${toAddress}, to which the hotspot translates that: ${cause.routerSaid}`,
    { cause },
  );
}
