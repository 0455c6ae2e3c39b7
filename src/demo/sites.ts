import type { App } from '../compose';
import { InvalidInput } from '../errors';
import { USUAL_SETTINGS } from '../services/router/added-routers';
import { hotspotPages } from '../services/router/hotspot-pages';
import { populate } from '../simulator/population';
import { Simulator } from '../simulator/simulator';
import { say } from '../text';

const NAMES = ['Market', 'Terminal', 'Beach', 'School', 'Plaza', 'Pier', 'Hill', 'Mill', 'Park'];
const PASSWORD = 'demo';

/** A simulated router besides the first, at a site of its own. */
export interface DemoSite {
  name: string;
  simulator: Simulator;
}

/** How many sites `--sites` asks for. @throws InvalidInput */
export function siteCount(typed: string | undefined): number {
  const count = Number(typed ?? 1);
  const most = NAMES.length + 1;
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new InvalidInput(say`--sites takes a number from 1 to ${most}`);
}

/** Without known holes: the health check of a first try should not begin with those of a simulation. */
export const DEMO_VERSION = '7.24.5';

/** Starts the routers of all sites but the first; your own computer can be a customer at each. */
export async function startSites(count: number): Promise<DemoSite[]> {
  const sites: DemoSite[] = [];
  for (const [index, name] of NAMES.slice(0, count - 1).entries()) {
    const simulator = await Simulator.start({
      ...{ version: DEMO_VERSION, serial: `DEMO${index + 2}` },
      password: PASSWORD,
    });
    populate(simulator, 4, index + 1);
    sites.push({ name, simulator });
  }
  return sites;
}

/** Adds them to the shop as its owner would, with the pages of a set-up. @returns what to click */
export async function addSites(app: App, sites: readonly DemoSite[]): Promise<string[]> {
  const { addedRouters, routers, shop } = app.services;
  for (const { name, simulator } of sites) {
    const address = { host: '127.0.0.1', port: simulator.port, username: 'admin' };
    const settings = { ...USUAL_SETTINGS, ...address, title: name, site: name };
    await addedRouters.add(settings, PASSWORD, 'demo');
  }
  const links = routers.all.map(({ title, key, settings }) => {
    const simulator = sites.find(({ name }) => name === title)?.simulator;
    for (const page of hotspotPages(settings.portalUrl!, shop.get().name, key)) {
      simulator?.putFile(`hotspot/${page.name}`, page.contents);
    }
    return `${(title ?? 'first site').padEnd(12)} ${settings.portalUrl}/portal?r=${key}`;
  });
  return [
    'Be at a site:   open its link, as its login page does; with the same code you walk there',
    ...links.map((link) => `                ${link}`),
    'The routers:    in the admin, Shop > Router > All routers',
  ];
}

export async function stopSites(sites: readonly DemoSite[]): Promise<void> {
  for (const { simulator } of sites) await simulator.stop();
}
