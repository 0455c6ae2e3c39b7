/** A menu, with all below it, that some routers do not have although nothing is wrong with them. */
interface AbsentMenu {
  menu: string;
  /** The routers without it. */
  on: string;
  /** What follows from that it is not there. */
  means: string;
  /** The package that brings it, without which there is nothing to sell. */
  package?: string;
}

/**
 * The one list of menus that may be absent. A menu that is missing here and absent on a router is a refusal
 * like any other. The longer path goes before the shorter one.
 */
export const ABSENT_MENUS: readonly AbsentMenu[] = [
  {
    menu: '/system/routerboard',
    on: 'CHR and x86',
    means: 'The router is no board: it is known by its license.',
  },
  {
    menu: '/system/license',
    on: 'no router known so far',
    means: 'Nothing tells this router from another one.',
  },
  {
    menu: '/system/device-mode',
    on: 'RouterOS before 7.17',
    means: 'No mode forbids the hotspot.',
  },
  {
    menu: '/ipv6',
    on: 'RouterOS 6 without the package ipv6',
    means: 'Nobody gets past the hotspot by IPv6.',
  },
  {
    menu: '/ip/firewall/raw',
    on: 'RouterOS before 6.36',
    means: 'No rule keeps packets from being tracked.',
  },
  {
    menu: '/interface/list',
    on: 'RouterOS before 6.36',
    means: 'No rule of the firewall names a list of interfaces.',
  },
  {
    menu: '/ppp',
    on: 'RouterOS 6 without the package ppp',
    means: 'Nobody calls by PPPoE.',
  },
  {
    menu: '/tool/netwatch',
    on: 'RouterOS 6 without the package advanced-tools',
    means: 'Only the link of the internet line is seen.',
  },
  {
    menu: '/ip/dhcp-server',
    on: 'RouterOS 6 without the package dhcp',
    means: 'The router lends no addresses.',
  },
  {
    menu: '/ip/hotspot',
    on: 'small boards (hAP lite, hAP mini, mAP lite) with RouterOS 7.20 and later, and any RouterOS 6',
    means: 'Nobody can be let in until the package is installed.',
    package: 'hotspot',
  },
];

/** What it means that a router does not have this menu; `undefined` where it should have it. */
export function absenceOf(path: string): AbsentMenu | undefined {
  return ABSENT_MENUS.find(({ menu }) => path === menu || path.startsWith(`${menu}/`));
}
