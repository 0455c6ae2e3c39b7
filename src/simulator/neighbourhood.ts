import type { UpDown } from '../routeros/values';
import type { Hotspot } from './hotspot';
import type { Station } from './states';
import type { Tables } from './tables';
import { CUSTOMER_INTERFACE, type Traffic } from './traffic';

/** Devices come, go, and change their address; DHCP and ARP know of it at once, the hotspot a moment later. */
export class Neighbourhood {
  constructor(
    private readonly tables: Tables,
    private readonly traffic: Traffic,
    private readonly hotspot: Hotspot,
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
    this.traffic.settle(station);
    station.present = false;
    station.leftAt = this.now();
    this.traffic.rematch(station);
  }

  /** A new address is a new host to the hotspot; the session stays behind with the old one. */
  moveTo(station: Station, address: string): void {
    if (station.address === address) return;
    this.hotspot.dropHost(station);
    this.forgetAddress(station);
    station.address = address;
    if (station.present) this.join(station);
  }

  offer(station: Station, offered: UpDown): void {
    this.traffic.settle(station);
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
    leases.add({ name: mac, server: 'dhcp1', ...values }, { boundAt: this.now(), dynamic: true });
    arp.add({ name: mac, 'mac-address': mac, address, interface: CUSTOMER_INTERFACE }, undefined);
  }

  /** Leases that somebody made static stay. */
  private forgetAddress({ mac }: Station): void {
    const { leases, arp } = this.tables;
    for (const lease of [...leases.named(mac)]) if (lease.state.dynamic) leases.remove(lease);
    for (const row of [...arp.named(mac)]) arp.remove(row);
  }
}
