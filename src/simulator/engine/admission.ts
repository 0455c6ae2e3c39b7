import ipaddr from 'ipaddr.js';

/**
 * Whether a list of networks such as `10.0.0.0/8,192.168.88.10` contains the address; an empty one
 * contains all.
 */
export function isAdmitted(list = '', address = ''): boolean {
  const ranges = list.split(',').filter((range) => range !== '');
  return ranges.length === 0 || ranges.some((range) => inRange(address, range));
}

function inRange(address: string, range: string): boolean {
  const [network = '', bits = '32'] = range.split('/');
  if (!ipaddr.IPv4.isValid(network)) return false;
  const from = ipaddr.process(address);
  return from instanceof ipaddr.IPv4 && from.match(ipaddr.IPv4.parse(network), Number(bits));
}
