import type { Reply } from '../api/connection';
import { interfaceBytes } from '../interface-bytes';
import { MikhmonUsers } from '../mikhmon-users';
import { Router } from '../router';
import { readLinkState, readRouterStores, readUplinkHost } from '../router-health';
import { readPolicies } from '../router-rights';
import { RouterSurvey } from '../router-survey';
import type { ApiSender } from '../api/sentences';
import { SetupRouter } from '../setup-router';

/** A menu of the router, and what this program reads of its rows. */
export interface ReliedOn {
  menu: string;
  properties: string[];
}

/** What tells one router from another, and is read by nobody else or only now and then. */
const KIND = {
  '/system/resource': 'version,board-name,architecture-name',
  '/system/license': 'software-id,system-id,level,nlevel',
  '/system/package': 'name,version,disabled',
};

/**
 * Everything this program reads of a router. It is not written down a second time: whatever reads a router
 * is asked to read one that is not there, and what it would have asked for is noted.
 */
export async function reliedOn(): Promise<ReliedOn[]> {
  const asked = new Map<string, Set<string>>();
  const note = (menu: string, properties: string) => {
    const known = asked.get(menu) ?? new Set();
    asked.set(menu, known);
    for (const property of properties.split(',')) known.add(property);
  };
  for (const [menu, properties] of Object.entries(KIND)) note(menu, properties);
  await readAll({
    send: <T>([command = '', list = '']: readonly string[]): Promise<Reply<T>> => {
      note(command.replace(/\/print$/, ''), list.replace('=.proplist=', ''));
      return Promise.resolve({ rows: [], ret: undefined });
    },
  });
  return [...asked].map(([menu, properties]) => ({ menu, properties: [...properties] }));
}

/** All that reads; none of these writes anything. */
async function readAll(api: ApiSender): Promise<void> {
  const router = new Router(api);
  const setup = new SetupRouter(api);
  await router.identity();
  await router.health();
  await router.clock();
  await router.hotspotServers();
  await router.observe(true, true);
  await router.rates();
  await router.hostNames();
  await router.cookies();
  await new RouterSurvey(api).snapshot('');
  await setup.read('', [], []);
  await setup.freeBytes();
  await setup.files();
  await readLinkState(api, '');
  await interfaceBytes(api, '');
  await readUplinkHost(api);
  await readRouterStores(api);
  await readPolicies(api, '');
  await new MikhmonUsers(api).read();
}
