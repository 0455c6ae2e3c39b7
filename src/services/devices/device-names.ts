import type { Clock } from '../../clock';
import type { Mac } from '../../domain/units';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { Stores } from '../../store/stores';
import { say } from '../../text';

/** Letters of a name. */
export const LONGEST_NAME = 40;
const MOST_FOUND = 50;
/** Of a name that is not whole. */
const MOST_MEANT = 3;

/** What devices are called: what the staff say, or else what the phone calls itself. */
export class DeviceNames {
  /** What phones called themselves when they were last written down. */
  private readonly known = new Map<Mac, string>();

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /** Devices without any name are missing. */
  async of(macs: readonly Mac[]): Promise<Map<Mac, string>> {
    const rows = await this.stores.deviceNames.of([...new Set(macs)]);
    return new Map(rows.flatMap(({ mac, given, own }) => nameOf(mac, given ?? own)));
  }

  /** Its address when it has no name. */
  async labelOf(mac: Mac): Promise<string> {
    return (await this.of([mac])).get(mac) ?? mac;
  }

  /** What the devices that hold, or held, these vouchers are called; vouchers of nameless devices are missing. */
  async ofVouchers(codes: readonly string[]): Promise<Map<string, string[]>> {
    const devices = await this.stores.sessions.devicesOf(codes);
    const names = await this.of([...devices.values()].flat().map(({ mac }) => mac));
    return new Map(
      [...devices].flatMap(([code, all]) => {
        const called = all.flatMap(({ mac }) => names.get(mac) ?? []);
        return called.length > 0 ? [[code, called] as const] : [];
      }),
    );
  }

  /** The staff's word alone; `null` if there is none. */
  async givenTo(mac: Mac): Promise<string | null> {
    const [row] = await this.stores.deviceNames.of([mac]);
    return row?.given ?? null;
  }

  /** Devices by a part of their name. */
  find(text: string): Promise<Mac[]> {
    return this.stores.deviceNames.find(text, MOST_FOUND);
  }

  /**
   * The one device that is called so, in any case.
   * @throws NotFound when there is none
   * @throws Conflict when there are several, with their addresses
   */
  async called(typed: string): Promise<Mac> {
    const name = typed.trim();
    const [mac, ...others] = await this.stores.deviceNames.called(name, MOST_FOUND);
    if (mac === undefined) {
      const near = [...(await this.of((await this.find(name)).slice(0, MOST_MEANT))).values()];
      throw new NotFound(
        near.length > 0
          ? say`There is no device called ${JSON.stringify(name)}; did you mean ${near.join(' or ')}?`
          : say`There is no device called ${JSON.stringify(name)}`,
      );
    }
    if (others.length === 0) return mac;
    const all = [mac, ...others].join(', ');
    throw new Conflict(
      say`Several devices are called ${JSON.stringify(name)}; use an address: ${all}`,
    );
  }

  /** @param typed empty takes the name away again @throws InvalidInput when it is too long */
  async give(mac: Mac, typed: string, by: string): Promise<void> {
    const name = typed.trim().replaceAll(/\s+/g, ' ');
    if (name.length > LONGEST_NAME) {
      throw new InvalidInput(say`Choose a shorter name: at most ${LONGEST_NAME} letters`);
    }
    const before = await this.givenTo(mac);
    if (name === (before ?? '')) return;
    const at = this.clock.now();
    const detail = { before: noteOf(before), after: noteOf(name || null) };
    await this.stores.outsideLoopState(async ({ deviceNames, journal }) => {
      await deviceNames.give(mac, name || null, by, at);
      await journal.audit([{ at, who: by, what: 'device named', subject: mac, detail }]);
    });
  }

  /** Writes down what phones call themselves, so that they are known when they or the router are away. */
  async hear(names: ReadonlyMap<Mac, string>): Promise<void> {
    const fresh = [...names]
      .map(([mac, own]) => ({ mac, own }))
      .filter(({ mac, own }) => own !== '' && this.known.get(mac) !== own);
    if (fresh.length === 0) return;
    const stored = new Map(
      (await this.stores.deviceNames.of(fresh.map(({ mac }) => mac))).map((row) => [
        row.mac,
        row.own,
      ]),
    );
    const changed = fresh.filter(({ mac, own }) => stored.get(mac) !== own);
    if (changed.length > 0) {
      await this.stores.outsideLoopState(({ deviceNames }) => deviceNames.hear(changed));
    }
    for (const { mac, own } of fresh) this.known.set(mac, own);
  }
}

function nameOf(mac: Mac, name: string | null): [Mac, string][] {
  return name === null ? [] : [[mac, name]];
}

/** As stored in the audit. */
function noteOf(name: string | null) {
  return name === null ? null : { name };
}
