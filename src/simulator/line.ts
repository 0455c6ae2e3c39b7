import { readAmount } from '../routeros/api/values';
import type { UpDown } from '../routeros/api/values';
import { Refusal } from './engine/refusals';
import type { Call } from './world/ppp';
import type { World } from './world/world';

/** A customer's modem that calls by PPPoE, as a test or a demo uses it. */
export class SimulatedLine {
  private current: Call | undefined;

  constructor(
    private readonly world: World,
    readonly name: string,
    private readonly password: string,
    readonly mac: string,
  ) {}

  /** @returns whether the router took the call */
  dial(): boolean {
    this.world.advance();
    try {
      this.current = this.world.ppp.call(this.name, this.password, this.mac);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return false;
    }
  }

  hangUp(): void {
    this.world.advance();
    if (this.call) this.world.ppp.hangUp(this.call);
  }

  get online(): boolean {
    return this.call !== undefined;
  }

  /** Of the call, which is a new one after each dialing; `undefined` while there is none. */
  get callId(): string | undefined {
    return this.call?.id;
  }

  get address(): string | undefined {
    return this.call?.values['address'];
  }

  /** Bytes that pass now, at any rate: `501M` is 501,000,000. @returns how many the router let through */
  download(bytes: number | string): number {
    return this.pass({ up: 0, down: amount(bytes) }).down;
  }

  upload(bytes: number | string): number {
    return this.pass({ up: amount(bytes), down: 0 }).up;
  }

  private get call(): Call | undefined {
    this.world.advance();
    const { current } = this;
    return current && this.world.ppp.calls.has(current) ? current : undefined;
  }

  private pass(wanted: UpDown): UpDown {
    const { call } = this;
    return call ? this.world.pass(call.state.station, wanted) : { up: 0, down: 0 };
  }
}

function amount(bytes: number | string): number {
  const read = typeof bytes === 'number' ? Math.round(bytes) : readAmount(bytes);
  if (read === undefined || !(read >= 0)) throw new Error(`'${bytes}' is not an amount`);
  return read;
}
