import { customerAddresses } from './doctor-access';
import { spanOf } from './doctor-pools';
import type { Finding } from './doctor-finding';
import { versionNumber } from './security-holes';
import type { HotspotHost } from '../network/network';
import { isKnown, type HotspotServerRow, type RouterSnapshot, type Shop } from './doctor-snapshot';
import { portalAddress } from './doctor-garden';

/** A phone that sleeps longer than this may come back with another address. */
const SHORT_LEASE_MS = 30 * 60_000;
const USUAL_ADDRESSES = 2;
const INTERNET_BY_IPV6 = /^[23]/;

/** What devices may do without logging in, and what makes them hard to follow. */
export function deviceFindings(snapshot: RouterSnapshot, shop: Shop): Finding[] {
  const servers = snapshot.servers.filter(
    ({ name }) => shop.hotspotServer === undefined || name === shop.hotspotServer,
  );
  return [
    everybodyBypassed(snapshot),
    customersBypassed(snapshot, shop),
    othersBypassed(snapshot, shop),
    codesTaken(shop),
    ipv6(snapshot, servers),
    limitedLeases(snapshot),
    manyAddresses(servers),
    fixedAddresses(snapshot),
    translatedLeases(snapshot),
    shortLeases(snapshot, servers),
    lostArp(snapshot, servers),
  ].filter((finding) => finding !== undefined);
}

function isForEverybody(
  { mac, address }: RouterSnapshot['bindings'][number],
  snapshot: RouterSnapshot,
): boolean {
  if (mac) return false;
  if (address === '' || address === '0.0.0.0' || address === '0.0.0.0/0') return true;
  if (!/[-/]/.test(address) || address.endsWith('/32')) return false;
  const span = spanOf(address);
  if (!span || span[0] === span[1]) return false;
  return customerAddresses(snapshot).some((customer) => isBetween(customer, span));
}

function isBetween(address: string, [first, last]: [number, number]): boolean {
  const at = spanOf(address)?.[0];
  return at !== undefined && at >= first && at <= last;
}

function everybodyBypassed(snapshot: RouterSnapshot): Finding | undefined {
  const wide = snapshot.bindings.find((binding) => isForEverybody(binding, snapshot));
  if (!wide) return undefined;
  return {
    id: 'bypass-everybody',
    severity: 'error',
    title: `An IP binding lets ${wide.address === '' ? 'every device' : wide.address} through without a code`,
    meaning: 'Nobody there has to pay, and nothing is counted. Certain: its type is "bypassed".',
    fix:
      'In WinBox open IP > Hotspot > IP Bindings and disable the binding of the type bypassed that has ' +
      'no MAC address; make one for each device that is to be free.',
  };
}

function customersBypassed({ bindings }: RouterSnapshot, { books }: Shop): Finding | undefined {
  const macs = bindings.flatMap(({ mac }) => (mac && books?.customers.has(mac) ? [mac] : []));
  if (macs.length === 0) return undefined;
  return {
    id: 'bypass-customer',
    severity: 'warning',
    title: `A device that had a code is let through without one: ${macs.join(', ')}`,
    meaning:
      'It is free for ever, at full speed, and not counted. Certain for the device; that it is a ' +
      "customer's, and not one of yours on which you tried a code, only you know.",
    fix: 'In WinBox open IP > Hotspot > IP Bindings and remove it, unless the device is yours.',
  };
}

const NAMES_SHOWN = 5;

function codesTaken({ books }: Shop): Finding | undefined {
  const codes = books?.takenCodes ?? [];
  if (codes.length === 0) return undefined;
  const more = codes.length > NAMES_SHOWN ? ` and ${codes.length - NAMES_SHOWN} more` : '';
  return {
    id: 'codes-taken',
    severity: 'warning',
    title: `Hotspot users of somebody else have the names of our codes: ${codes.slice(0, NAMES_SHOWN).join(', ')}${more}`,
    meaning:
      'Nobody gets in with such a code: this program changes no entry that it did not make. Certain: the names ' +
      'are the same.',
    fix:
      'In WinBox open IP > Hotspot > Users and remove or rename them. If another program sold them, import its ' +
      'vouchers with the users.',
    commands: ['import --mikhmon --adopt'],
  };
}

function othersBypassed(snapshot: RouterSnapshot, { portalUrl, books }: Shop): Finding | undefined {
  const portal = portalUrl === undefined ? undefined : portalAddress(portalUrl).host;
  const named = snapshot.bindings
    .filter(({ mac }) => !(mac && books?.customers.has(mac)))
    .filter((binding) => !isForEverybody(binding, snapshot) && binding.address !== portal)
    .map(({ mac, address }) => mac ?? address);
  if (named.length === 0) return undefined;
  return {
    id: 'bypass',
    severity: 'info',
    title: `These get in without a code: ${named.join(', ')}`,
    meaning:
      'They are free, and not counted. Right for a coin slot, a till or your own phone. Certain.',
    fix: 'If one is not yours, remove it in WinBox under IP > Hotspot > IP Bindings.',
  };
}

/** Link-local and site-local addresses do not reach the Internet. */
function ipv6(snapshot: RouterSnapshot, servers: readonly HotspotServerRow[]): Finding | undefined {
  if (!isKnown(snapshot, 'ipv6Settings')) return undefined; // there it may be switched off
  const { addresses, announcedOn } = snapshot.ipv6;
  const open = addresses.find(
    (each) =>
      INTERNET_BY_IPV6.test(each.address) &&
      servers.some((server) => server.interface === each.interface) &&
      announcedOn.some((name) => name === 'all' || name === each.interface),
  );
  if (!open) return undefined;
  return {
    id: 'ipv6',
    severity: 'error',
    title: `Phones get IPv6 addresses on the hotspot's network (${open.interface}, ${open.address})`,
    meaning:
      'The hotspot knows nothing of IPv6: a device that has it needs no code, and no queue slows or counts it. ' +
      'Likely; a rule of the IPv6 firewall may still stop it.',
    fix:
      'In WinBox open IPv6 > Addresses and untick "Advertise" of this one, or disable it. Where ' +
      'nothing of yours needs IPv6: IPv6 > Settings, "Disable IPv6".',
  };
}

function limitedLeases({ limitedLeases: leases }: RouterSnapshot): Finding | undefined {
  const [first] = leases;
  if (!first) return undefined;
  const more = leases.length > 1 ? ` (and ${leases.length - 1} more like it)` : '';
  return {
    id: 'lease-rate-limit',
    severity: 'warning',
    title: `The DHCP lease of ${first.address} has a rate limit (${first.rateLimit})${more}`,
    meaning:
      "The router makes a queue of its own from it, above the customer's: the plan has not its speed, " +
      'and no cap counts. Certain for the queue; where it stands depends on the version.',
    fix: `In WinBox open IP > DHCP Server > Leases > ${first.address} and empty "Rate Limit".`,
  };
}

function manyAddresses(servers: readonly HotspotServerRow[]): Finding | undefined {
  const loose = servers.find(({ addressesPerMac: most }) =>
    most === 'unlimited' ? true : Number(most) > USUAL_ADDRESSES,
  );
  if (!loose) return undefined;
  return {
    id: 'addresses-per-mac',
    severity: 'info',
    title: `One device may have many addresses at once on the hotspot "${loose.name}" (${loose.addressesPerMac})`,
    meaning:
      'The queue of a device follows one address. Others need a login of their own, but use up the pool. ' +
      'Certain for the setting; what comes of it depends on the phones.',
    fix: `In WinBox open IP > Hotspot > ${loose.name} and set "Addresses Per MAC" to 1 or 2.`,
  };
}

function isTranslated({ address, queueAddress }: HotspotHost): boolean {
  return address !== queueAddress;
}

/** Phones that took the address they were lent, and got another one from the hotspot on top. */
function translatedLeases({ hosts, leased }: RouterSnapshot): Finding | undefined {
  const lent = new Set(leased);
  const translated = hosts.filter((host) => isTranslated(host) && lent.has(host.address));
  const [first] = translated;
  if (!first) return undefined;
  const more = translated.length > 1 ? ` (and ${translated.length - 1} more like it)` : '';
  return {
    id: 'pool-translates',
    severity: 'info',
    title: `${first.mac} has the address ${first.address} by DHCP, and the hotspot translates it to ${first.queueAddress}${more}`,
    meaning:
      "The phone did nothing wrong: the hotspot's address pool gives a second address beside DHCP. It is logged in " +
      'at the address the router takes, and its queue has both. Certain that it is translated; not proven on a ' +
      'real router that its queue counts.',
    fix: 'In WinBox open IP > Hotspot, select the server and set "Address Pool" to none.',
  };
}

function fixedAddresses({ hosts, leased }: RouterSnapshot): Finding | undefined {
  const lent = new Set(leased);
  const translated = hosts.filter((host) => isTranslated(host) && !lent.has(host.address));
  const [first] = translated;
  if (!first) return undefined;
  const more = translated.length > 1 ? ` (and ${translated.length - 1} more like it)` : '';
  return {
    id: 'fixed-address',
    severity: 'info',
    title: `${first.mac} has the fixed address ${first.address}, and the hotspot translates it to ${first.queueAddress}${more}`,
    meaning:
      'It is logged in at the address the router takes, and its queue has both, unless its own is another ' +
      "device's. Not proven on a real router: see whether the queue of such a device counts.",
    fix:
      'Where it does not: let the customer set the IP address of his Wi-Fi to automatic, or in WinBox open ' +
      'IP > Hotspot, select the server and set "Address Pool" to none, so that only automatic addresses work.',
  };
}

function shortLeases(
  { dhcpServers }: RouterSnapshot,
  servers: readonly HotspotServerRow[],
): Finding | undefined {
  const short = dhcpServers.find(
    (dhcp) =>
      dhcp.leaseMs > 0 &&
      dhcp.leaseMs < SHORT_LEASE_MS &&
      servers.some((server) => server.interface === dhcp.interface),
  );
  if (!short) return undefined;
  return {
    id: 'lease-time',
    severity: 'info',
    title: `Addresses are lent for ${Math.round(short.leaseMs / 60_000)} minutes only (DHCP server "${short.name}")`,
    meaning:
      'A phone that sleeps may come back with another address before its time is over. The queue follows ' +
      'it in the next round, until then the phone is slow or free. Certain for the setting.',
    fix: `In WinBox open IP > DHCP Server > ${short.name} and set "Lease Time" to 1 h.`,
  };
}

/** "hotspot - do not invalidate static ARP entries" (MikroTik's changelog). */
const KEEPS_ARP = versionNumber('7.22')!;

function lostArp(
  { version, replyOnly, dhcpServers }: RouterSnapshot,
  servers: readonly HotspotServerRow[],
): Finding | undefined {
  const number = versionNumber(version);
  if (number === undefined || number >= KEEPS_ARP) return undefined;
  const lossy = servers.find(
    (server) =>
      replyOnly.includes(server.interface) &&
      dhcpServers.some((dhcp) => dhcp.addsArp && dhcp.interface === server.interface),
  );
  if (!lossy) return undefined;
  return {
    id: 'arp-reply-only',
    severity: 'warning',
    title: `Customers may be logged out every few minutes (${lossy.interface} has ARP "reply-only")`,
    meaning:
      'Before RouterOS 7.22 the hotspot throws away what the DHCP server adds for a phone, takes the phone for ' +
      'gone and ends its session with "keepalive timeout". Very likely: MikroTik fixed it in 7.22.',
    fix:
      `Update RouterOS to 7.22 or later; or in WinBox open Bridge > ${lossy.interface} and set "ARP" to enabled, ` +
      'and IP > DHCP Server and uncheck "Add ARP For Leases".',
  };
}
