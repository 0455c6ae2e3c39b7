import ipaddr from 'ipaddr.js';
import { referenced, type Tables } from './tables';
import { UPLINK_INTERFACE } from './states';

/**
 * The address by which a computer sees what a device sends it. Within one network packets pass no router;
 * beyond it the first rule of srcnat that matches decides, and a masqueraded connection has the router's
 * address of the interface it leaves by (netfilter).
 */
export function seenFrom(tables: Tables, device: string, destination: string): string {
  const networks = [...tables.addresses]
    .filter(({ values }) => values['disabled'] !== 'true')
    .map(({ values }) => {
      const [address] = values['address']!.split('/');
      const link = referenced(tables.interfaces, values['interface'])?.name;
      return { address: address!, network: values['address']!, link };
    });
  const there = networks.find(({ network }) => isIn(network, destination));
  if (there && isIn(there.network, device)) return device;
  const out = there ?? networks.find(({ link }) => link === UPLINK_INTERFACE);
  const rule = [...tables.nat].find(({ values }) => {
    const { chain, disabled, 'out-interface': link } = values;
    return (
      chain === 'srcnat' &&
      disabled !== 'true' &&
      isIn(values['src-address'], device) &&
      isIn(values['dst-address'], destination) &&
      (!link || link === out?.link)
    );
  });
  return rule?.values['action'] === 'masquerade' && out ? out.address : device;
}

/** A rule that names no network holds for all of them. */
function isIn(network: string | undefined, address: string): boolean {
  if (!network) return true;
  const cidr = network.includes('/') ? network : `${network}/32`;
  return ipaddr.parse(address).match(ipaddr.parseCIDR(cidr));
}
