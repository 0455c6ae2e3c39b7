import type { SimulatedDevice, Simulator } from '../../../src/simulator/simulator';
import type { Choices } from '../chaos/random';

/** The phones of a small town: they come and go through the day, buy codes, and move bytes. */

const MB = 1_000_000;
/** One phone in so many has a new MAC address when it comes back. */
const MASKED = 40;

/** What is known of one phone beside what the books say. */
export interface Phone {
  device: SimulatedDevice;
  isHere: boolean;
  /** Bytes that the router let through. */
  passed: number;
  /** Of these, since the last round that reached the books. */
  sinceRound: number;
  /** Bytes of which the router may have lost count, by a fault between two rounds. */
  unsure: number;
  /** Until the next round, nothing counts its bytes for certain. */
  isUncounted: boolean;
}

export class Town {
  readonly phones: Phone[] = [];
  private made = 0;

  constructor(
    private readonly simulator: Simulator,
    private readonly choices: Choices,
    size: number,
  ) {
    for (let n = 0; n < size; n += 1) this.phones.push(this.newPhone());
  }

  get here(): Phone[] {
    return this.phones.filter(({ isHere }) => isHere);
  }

  get online(): Phone[] {
    return this.here.filter(({ device }) => device.online);
  }

  /** A minute of the town. @param hour of the day, 0 to 23 @returns who wants to buy a code */
  minute(hour: number): Phone[] {
    const activity = hour >= 6 && hour < 23 ? 1 : 0.15;
    const buyers: Phone[] = [];
    for (const phone of this.phones) {
      if (!phone.isHere) {
        if (this.choices.next() < 0.02 * activity) this.comes(phone);
      } else if (this.choices.next() < 0.004 / activity) {
        phone.device.leave();
        phone.isHere = false;
      } else if (phone.device.online) this.moves(phone);
      else if (this.choices.next() < 0.05 * activity) buyers.push(phone);
    }
    return buyers;
  }

  /** The router, or somebody at it, loses what these queues counted since the last round. */
  loseCount(phones: readonly Phone[] = this.phones): void {
    for (const phone of phones) {
      phone.unsure += phone.sinceRound;
      phone.sinceRound = 0;
      phone.isUncounted = true;
    }
  }

  /** A round reached the books. */
  counted(): void {
    for (const phone of this.phones) {
      phone.sinceRound = 0;
      phone.isUncounted = false;
    }
  }

  private comes(phone: Phone): void {
    if (this.choices.from(1, MASKED) === 1) Object.assign(phone, { device: this.newDevice() });
    else phone.device.join();
    phone.isHere = true;
  }

  private moves(phone: Phone): void {
    const { device } = phone;
    const bytes =
      device.download(this.choices.from(0, 10 * MB)) + device.upload(this.choices.from(0, MB));
    phone.passed += bytes;
    if (phone.isUncounted) phone.unsure += bytes;
    else phone.sinceRound += bytes;
  }

  private newPhone(): Phone {
    const device = this.newDevice();
    return { device, isHere: true, passed: 0, sinceRound: 0, unsure: 0, isUncounted: false };
  }

  private newDevice(): SimulatedDevice {
    this.made += 1;
    const [high, low] = [(this.made >> 7) + 1, (this.made & 127) + 2];
    const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');
    const mac = `02:00:00:00:${hex(high)}:${hex(low)}`;
    return this.simulator.addDevice({ mac, address: `127.0.${high}.${low}` });
  }
}
