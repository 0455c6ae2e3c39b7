import type { Clock } from '../../clock';
import type { Rates } from '../../domain/units';
import { LiveQuestion } from '../live-question';
import { interfaceBytes } from '../../routeros/interface-bytes';
import type { ApiSender } from '../../routeros/api/sentences';

/** Readings closer together than this count as one: their difference says little. */
const NEAR_MS = 1_000;
/** An average over a longer time does not show the present. */
const FAR_MS = 60_000;

interface Reading {
  atMs: number;
  rx: number;
  tx: number;
}

/**
 * Traffic through the uplink, from the bytes the router counted between two readings. Nothing is read unless
 * someone is watching.
 */
export class WanMeter {
  private last: Reading | undefined;
  private rate: Rates | undefined;
  private readonly question: LiveQuestion<Rates | undefined>;

  /** @param name the interface to the internet; without it nothing is shown */
  constructor(
    private readonly line: ApiSender | undefined,
    private readonly name: string | undefined,
    private readonly clock: Clock,
  ) {
    this.question = new LiveQuestion(() => this.readNow(), clock);
  }

  /** Whether there is an interface to read. */
  get isOn(): boolean {
    return this.line !== undefined && this.name !== undefined;
  }

  /**
   * Bit/s from the customers (up) and to them (down); `undefined` at the first reading, and if no interface
   * is named or the router has none of that name. Within a second.
   * @throws RouterUnreachable, RouterRefused
   */
  read(): Promise<Rates | undefined> {
    return this.question.read();
  }

  private async readNow(): Promise<Rates | undefined> {
    const { line, name, last } = this;
    const atMs = this.clock.elapsedMs();
    if (!line || !name || (last && atMs - last.atMs < NEAR_MS)) return this.rate;
    const bytes = await interfaceBytes(line, name);
    this.last = bytes && { atMs, ...bytes };
    this.rate = this.last && rateBetween(last, this.last);
    return this.rate;
  }
}

/** A counter that fell belongs to a router that rebooted. */
function rateBetween(last: Reading | undefined, next: Reading): Rates | undefined {
  if (!last || next.atMs - last.atMs > FAR_MS || next.rx < last.rx || next.tx < last.tx) {
    return undefined;
  }
  const perSecond = 8_000 / (next.atMs - last.atMs);
  return {
    up: Math.round((next.tx - last.tx) * perSecond),
    down: Math.round((next.rx - last.rx) * perSecond),
  };
}
