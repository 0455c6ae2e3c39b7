/** Ports that can have a hotspot of their own, beside the customers' bridge. */
export const MORE_PORTS = ['ether3', 'ether4', 'ether5'] as const;

/** Sets up more hotspots, as its wizard does on one port after the other. */
export function addHotspots(run: (words: string[]) => void, count: number): void {
  MORE_PORTS.slice(0, count).forEach((port, index) => {
    for (const words of wizard(port, index + 2)) run(words);
  });
}

/** The network of the n-th hotspot is `10.5.10N.0/24`, apart from that of the first. */
function wizard(port: string, n: number): string[][] {
  const network = `10.5.${100 + n}`;
  const pool = `=address-pool=hs-pool-${n}`;
  return [
    ['/ip/address/add', `=address=${network}.1/24`, `=interface=${port}`],
    ['/ip/pool/add', `=name=hs-pool-${n}`, `=ranges=${network}.2-${network}.254`],
    ['/ip/dhcp-server/network/add', `=address=${network}.0/24`, `=gateway=${network}.1`],
    ['/ip/dhcp-server/add', `=name=dhcp${n}`, `=interface=${port}`, pool, '=lease-time=1h'],
    [
      ...['/ip/hotspot/profile/add', `=name=hsprof${n}`, `=hotspot-address=${network}.1`],
      ...[`=dns-name=wifi${n}.portal`, '=login-by=cookie,http-chap'],
    ],
    [
      ...['/ip/hotspot/add', `=name=hotspot${n}`, `=interface=${port}`, pool],
      ...[`=profile=hsprof${n}`, '=disabled=no'],
    ],
  ];
}
