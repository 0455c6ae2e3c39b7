import { readAmount, writePair, type UpDown } from '../routeros/api/values';
import { isReachable, isUntracked, type Destination } from './world/walled-garden';
import { refusedPage, type PageAnswer } from './world/login-page';
import { Refusal } from './engine/refusals';
import type { Station } from './world/states';
import type { World } from './world/world';

/** A customer's device, as a test or a demo uses it. */
export class SimulatedDevice {
  constructor(
    private readonly world: World,
    private readonly station: Station,
    /** Runs a `/simulator/device` command on this device. */
    private readonly change: (...words: string[]) => void,
  ) {}

  get mac(): string {
    return this.station.mac;
  }

  get address(): string {
    return this.station.address;
  }

  /** The one that its requests come from, as the rest of the network sees them. */
  get toAddress(): string {
    return this.station.toAddress;
  }

  get hostName(): string {
    return this.station.hostName;
  }

  /** Bits a second it would use if nothing held it back. */
  get offered(): UpDown {
    return { ...this.station.offered };
  }

  /** It asks the router what a name stands for; with private DNS it asks somebody else. */
  lookUp(host: string): void {
    this.world.lookedUp.add(host);
  }

  /** Whether it gets there: everywhere once it is logged in, by the walled garden before that. */
  reaches(to: Destination): boolean {
    const { tables, lookedUp, proxyAllowed } = this.world;
    return this.online || isReachable(tables, to, lookedUp, proxyAllowed);
  }

  /** Whether a page it opens before it has logged in becomes the router's login page. */
  get redirected(): boolean {
    return !this.online && !isUntracked(this.world.tables, this.address);
  }

  /** It has an active hotspot session. */
  get online(): boolean {
    this.world.advance();
    return this.station.session !== undefined;
  }

  /** Every byte that ever flowed, counted by the router or not. */
  get counted(): UpDown {
    this.world.advance();
    this.world.traffic.count(this.station);
    return { ...this.station.counted };
  }

  /**
   * Bytes that pass now, at any rate: `501M` is 501,000,000. Returns how many the router let through:
   * none while logged out, and no more than the session's limit allows.
   */
  download(bytes: number | string): number {
    return this.pass({ up: 0, down: amount(bytes) }).down;
  }

  upload(bytes: number | string): number {
    return this.pass({ up: amount(bytes), down: 0 }).up;
  }

  offer(rates: UpDown): void {
    this.change(`=offered=${writePair(rates)}`);
  }

  /**
   * A new address, as after a new DHCP lease, or of another network: a new host to the hotspot; the old session ends, unless
   * `lingering`.
   */
  moveTo(address: string, port = this.station.interface): void {
    this.change(`=address=${address}`, `=interface=${port}`);
  }

  /** From now on the hotspot makes this address of the one it has. */
  translateTo(address: string): void {
    this.change(`=to-address=${address}`);
  }

  /** Out of reach. The session ends with its keepalive timeout, not before. */
  leave(): void {
    this.change('=present=no');
  }

  join(): void {
    this.change('=present=yes');
  }

  /** Fills in the form of the router's own login page, as anybody on the Wi-Fi can. */
  typeAtRouter(name: string, password = name): PageAnswer {
    this.world.advance();
    try {
      this.world.hotspot.loginAtPage(this.station, name, password);
      return { isIn: true, page: '' };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { isIn: false, page: refusedPage(this.world.tables, this.station, error.message) };
    }
  }

  private pass(wanted: UpDown): UpDown {
    this.world.advance();
    return this.world.pass(this.station, wanted);
  }
}

function amount(bytes: number | string): number {
  const amountRead = typeof bytes === 'number' ? Math.round(bytes) : readAmount(bytes);
  if (amountRead === undefined || !(amountRead >= 0))
    throw new Error(`'${bytes}' is not an amount`);
  return amountRead;
}
