import type { UpDown } from '../../routeros/api/values';
import type { Faults } from '../engine/faults';
import type { Hotspot } from './hotspot';
import { Station } from './states';
import type { Tables } from './tables';
import type { Traffic } from './traffic';

/** Where a device is on the network. */
interface Place {
  /** The address it uses itself. */
  address: string;
  /** What the hotspot makes of it, where it translates. */
  translated: string | undefined;
  /** The interface it comes in by. */
  port: string;
}

/** Devices come, go, and change their address; DHCP and ARP know at once, the hotspot a moment later. */
export class Neighborhood {
  constructor(
    private readonly tables: Tables,
    private readonly traffic: Traffic,
    private readonly hotspot: Hotspot,
    private readonly faults: Faults,
    private readonly now: () => number,
  ) {}

  join(station: Station): void {
    station.present = true;
    this.announce(station);
    this.hotspot.awaken(station);
    this.traffic.rematch(station);
  }

  /** The session stays until its keepalive timeout: the router cannot know at once. */
  leave(station: Station): void {
    if (!station.present) return;
    this.traffic.count(station);
    station.present = false;
    station.leftAt = this.now();
    this.traffic.rematch(station);
  }

  /** A new address, also a translated one, is a new host to the hotspot; whether the old lingers is a fault setting. */
  moveTo(station: Station, { address, translated, port }: Place): void {
    const isSame = station.address === address && station.translated === translated;
    if (isSame && station.interface === port) return;
    if (this.faults.lingering) this.hotspot.leaveBehind(station);
    else this.hotspot.dropHost(station);
    this.forgetAddress(station);
    station.address = address;
    station.translated = translated;
    station.interface = port;
    if (station.present) this.join(station);
  }

  /** Another device with the same hardware address, as behind a repeater: two rows of hosts for one MAC. */
  double({ mac, hostName }: Station, address: string, port: string): Station {
    const station = new Station(mac, address, hostName, this.now());
    station.interface = port;
    const values = { name: `${mac} at ${address}`, 'mac-address': mac, address, present: 'true' };
    this.tables.stations.add(values, station);
    this.join(station);
    return station;
  }

  offer(station: Station, offered: UpDown): void {
    this.traffic.count(station);
    station.offered = { ...offered };
    this.traffic.rematch(station);
  }

  /** The device is taken out of the simulation. */
  remove(station: Station): void {
    this.leave(station);
    this.hotspot.dropHost(station);
    this.forgetAddress(station);
  }

  private announce(station: Station): void {
    const { mac, address, hostName } = station;
    const { leases, arp } = this.tables;
    this.forgetAddress(station);
    const values = { 'mac-address': mac, address, 'host-name': hostName };
    // A device with a fixed address of its own asked nobody for one.
    if (station.translated === undefined) {
      leases.add({ name: mac, server: 'dhcp1', ...values }, { boundAt: this.now(), dynamic: true });
    }
    arp.add({ name: mac, 'mac-address': mac, address, interface: station.interface }, undefined);
  }

  /** Leases that were made static stay. */
  private forgetAddress({ mac }: Station): void {
    const { leases, arp } = this.tables;
    for (const lease of [...leases.named(mac)]) if (lease.state.dynamic) leases.remove(lease);
    for (const row of [...arp.named(mac)]) arp.remove(row);
  }
}
