import { Refusal } from '../engine/refusals';
import { Table, type Entry } from '../engine/table';
import type { RouterLog } from '../engine/router-log';
import { Station } from './states';
import type { Tables } from './tables';
import type { Traffic } from './traffic';

/** A call that is up. */
export interface CallState {
  readonly station: Station;
  readonly startedAt: number;
}
export type Call = Entry<CallState>;

/** Where callers without an address of their own get one. */
const POOL = '10.9.0.';

/** The PPPoE server: customers call with a name and a password, and get an interface of their own. */
export class PppServer {
  readonly secrets = new Table();
  readonly profiles = new Table();
  readonly calls = new Table<CallState>();
  private nextAddress = 2;

  constructor(
    private readonly tables: Tables,
    private readonly traffic: Traffic,
    private readonly log: RouterLog,
    private readonly now: () => number,
  ) {}

  /** @throws Refusal when the name or the password is wrong, or the name is disabled */
  call(name: string, password: string, mac: string): Call {
    const [secret] = this.secrets.named(name);
    const isRight = secret && !secret.flag('disabled') && (secret.values['password'] ?? '') === password; // prettier-ignore
    if (!isRight) {
      this.log.write('pppoe,ppp,error', `<pppoe-${name}>: authentication failed`);
      throw new Refusal(`user ${name} authentication failed`);
    }
    // A second call of the same name ends the first, as with only-one=yes.
    for (const call of [...this.calls.named(name)]) this.hangUp(call);
    const address = secret.values['remote-address'] ?? `${POOL}${this.nextAddress++}`;
    const station = new Station(mac, address, name, this.now());
    station.interface = `<pppoe-${name}>`;
    station.isCaller = true;
    station.present = true;
    const values = { name, service: 'pppoe', 'caller-id': mac, address };
    this.tables.stations.add({ ...values, name: `pppoe ${name}`, present: 'true' }, station);
    this.tables.stationAt.set(address, station);
    const call = this.calls.add(values, { station, startedAt: this.now() });
    this.traffic.rematch(station);
    return call;
  }

  hangUp(call: Call): void {
    if (!this.calls.has(call)) return;
    const { station } = call.state;
    this.traffic.count(station);
    station.present = false;
    this.traffic.rematch(station);
    this.calls.remove(call);
    if (this.tables.stationAt.get(station.address) === station) {
      this.tables.stationAt.delete(station.address);
    }
    for (const entry of [...this.tables.stations]) {
      if (entry.state === station) this.tables.stations.remove(entry);
    }
  }

  /** The router restarted. */
  reset(): void {
    for (const call of [...this.calls]) this.hangUp(call);
  }
}
