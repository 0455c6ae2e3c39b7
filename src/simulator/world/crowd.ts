import { CUSTOMER_INTERFACE, Station, type Queue } from './states';
import type { World } from './world';

/** Queues of a crowd beside those that its size counts. */
export const CROWD_QUEUES_BESIDE = 2;

/** The rows of other people and programs on a router with a crowd of so many queues, by hand. */
export function crowdRows(size: number): string[][] {
  const some = (share: number) => Array.from({ length: Math.ceil(size * share) }, (_, n) => n);
  const queue = (name: string, target: string, ...more: string[]) => [
    ...['/queue/simple/add', `=name=${name}`, `=target=${target}`, '=max-limit=5M/10M', ...more],
  ];
  return [
    ...some(0.5).map((n) => queue(`pc ${n}`, pcAddress(n))),
    queue('offices', '192.168.16.0/20'),
    ...some(0.2).map((n) => queue(`desk ${n}`, pcAddress(n), '=parent=offices')),
    ...some(0.1).map((n) => queue(`former ${n}`, pcAddress(n), '=disabled=yes')),
    ...some(0.1).map((n) => queue(`shop ${n}`, `192.168.${100 + (n % 100)}.0/24`)),
    queue('old office', 'ether2'),
    ...some(0.1).map((n) => queue(`old desk ${n}`, pcAddress(n), '=parent=old office')),
    // Their children show the bare id of what is gone.
    ['/queue/simple/remove', '=numbers=old office'],
    // It takes every customer: who stands below it has the speed of all together.
    queue('everybody', CUSTOMER_INTERFACE),
    ['/ip/hotspot/user/profile/add', '=name=1day', '=rate-limit=1M/2M'],
    ['/ip/hotspot/user/profile/add', '=name=former', '=shared-users=3'],
    ...some(0.5).map((n) => [
      ...['/ip/hotspot/user/add', `=name=${guestName(n)}`, `=password=${guestName(n)}`],
      ...[`=profile=${n % 9 === 8 ? 'former' : '1day'}`, '=comment=vc-123-11.21.26-note'],
    ]),
    ['/ip/hotspot/user/profile/remove', '=numbers=former'],
    ...some(0.1).map((n) => [
      ...['/ip/hotspot/ip-binding/add', `=mac-address=${crowdMac('C0', n)}`],
      ...[`=type=${n === 0 ? 'bypassed' : 'blocked'}`, '=comment=camera'],
    ]),
    ...some(0.1).map((n) => [
      ...['/ip/firewall/filter/add', '=chain=forward', `=src-address=${pcAddress(n)}`],
      ...['=action=drop', '=comment=not after ten'],
    ]),
  ];
}

function pcAddress(n: number): string {
  return `192.168.${16 + (n >> 8)}.${n & 255}`;
}

function guestName(n: number): string {
  return `guest${String(n).padStart(4, '0')}`;
}

function crowdMac(kind: string, n: number): string {
  const digits = n.toString(16).toUpperCase().padStart(4, '0');
  return `02:${kind}:00:00:${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** Guests of another program, and how many dynamic queues there are at once. */
const GUESTS = 12;
const QUEUES_AT_ONCE = 6;

/** Others who use the router: something of theirs comes or goes between any two commands of ours. */
export class Crowd {
  private readonly guests: Station[];
  private readonly queues: Queue[] = [];
  private ticks = 0;

  constructor(private readonly world: World) {
    this.guests = Array.from({ length: GUESTS }, (_, n) => this.guest(n));
  }

  /** Before each command of a program. */
  tick(): void {
    this.ticks += 1;
    this.dial();
    if (this.ticks % 3 === 0) this.walkIn();
    if (this.ticks % 17 === 0) this.lend();
    while (this.queues.length > QUEUES_AT_ONCE) this.drop(this.queues.shift()!);
  }

  /** A PPP user dials in: its queue is for an interface that exists as long as it is connected. */
  private dial(): void {
    const name = `<pppoe-user${this.ticks % 1000}>`;
    this.appear({ name, target: name });
  }

  /** A lease with a rate limit is renewed; some of them are of our customers' phones. */
  private lend(): void {
    const stations = [...this.world.tables.stations].map(({ state }) => state);
    const phones = stations.filter((station) => station.present && !this.guests.includes(station));
    const phone = phones[this.ticks % (phones.length || 1)];
    if (!phone) return;
    this.appear({ name: `dhcp-ds<${phone.mac}> ${this.ticks}`, target: `${phone.toAddress}/32` });
  }

  private appear(values: { name: string; target: string }): void {
    const { queueMenu, tables, personality } = this.world;
    const place = personality.has('dynamicQueuesFirst') ? tables.queues.first() : undefined;
    const row = { ...values, 'max-limit': '1000000/1000000', dynamic: 'true' };
    this.queues.push(queueMenu.install(row, place));
  }

  private drop(queue: Queue): void {
    const { tables, traffic } = this.world;
    if (!tables.queues.has(queue)) return; // a restart took it
    tables.queues.remove(queue);
    traffic.queueRemoved(queue);
  }

  /** A guest logs in at the router's own page, or out again. */
  private walkIn(): void {
    const { hotspot } = this.world;
    const n = this.ticks % GUESTS;
    const guest = this.guests[n]!;
    if (guest.session) return hotspot.logout(guest, 'admin reset');
    if (guest.host) hotspot.loginAtPage(guest, guestName(n), guestName(n));
  }

  private guest(n: number): Station {
    const { tables, neighborhood, now } = this.world;
    const [mac, address] = [crowdMac('C1', n), `10.5.55.${n + 2}`];
    const station = new Station(mac, address, `guest-${n}`, now);
    const values = { name: mac, 'mac-address': mac, address, present: 'true' };
    tables.stations.add({ ...values, interface: CUSTOMER_INTERFACE }, station);
    neighborhood.join(station);
    return station;
  }
}
