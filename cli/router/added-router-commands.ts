import { PISONET } from '../../src/command-line';
import { usualPort, USUAL_SETTINGS } from '../../src/services/router/added-routers';
import type { AddedRouter, AddedSettings } from '../../src/store/router/added-router-store';
import { actor } from '../shell/actor';
import type { Choices } from '../shell/command';
import {
  argument,
  asTyped,
  command,
  consent,
  option,
  optionalSecret,
  requiredOption,
  secret,
  wholeNumber,
} from '../shell/command';
import { needRouter, routerOption } from '../shell/router-access';
import { fieldList, textTable } from '../shell/text-table';
import { NONE, readTls, TLS_KINDS } from '../commands/settings-commands';

/** Routers besides that of `.env`. */

const NAMES: Choices = {
  question: 'Which router?',
  namedBy: 'routers list',
  find: async ({ services }) =>
    (await services.addedRouters.list()).map(({ title, host, port }) => ({
      value: title,
      name: `${title}  ${host}:${port}`,
    })),
};
export const NAME = argument('NAME', 'the name of the router', asTyped, NAMES);

/** What both adding and changing one can say. */
const SETTINGS = {
  port: option('--port <number>', 'of its API, if it is not the usual one', wholeNumber),
  tls: option('--tls <kind>', `whether its API is encrypted: ${TLS_KINDS.join(', ')}`, readTls),
  site: option('--site <name>', 'where it stands', asTyped),
  server: option('--hotspot-server <name>', 'the hotspot server to serve; - for all', asTyped),
  wan: option('--wan-interface <name>', 'the interface to the Internet; - for none', asTyped),
  lineHost: option('--line-host <address>', 'beyond the modem, to watch; - for none', asTyped),
  lineRate: option('--line-rate <up/down>', 'of its internet line; - if unknown', asTyped),
  poll: option('--poll-seconds <n>', 'between rounds; as in .env if not given', wholeNumber),
  portal: option('--portal-url <url>', 'how its customers reach us; - for that of .env', asTyped),
};
type Typed = { [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['read']> };
const TAKEN_UP = 'A server that runs takes this up within seconds.';

export const listRouters = command({
  name: 'routers list',
  summary: 'Show the added routers and the keys at the end of their portal links',
  example: 'routers list',
  parameters: {},
  run: ({ services }) => services.addedRouters.list(),
  json: (routers) => routers.map(shown),
  text: (routers) =>
    textTable(
      [
        { title: 'Name', elastic: true },
        { title: 'Site' },
        { title: 'Address' },
        { title: 'Account' },
        { title: 'Portal' },
      ],
      routers.map((one) => [
        one.title,
        one.site || '-',
        `${one.host}:${one.port}`,
        one.username,
        portalPath(one),
      ]),
      `No router has been added. To add one: ${PISONET} routers add NAME --host ADDRESS --user NAME`,
    ),
});

export const addRouter = command({
  name: 'routers add',
  summary: 'Add another router besides the one in .env',
  example: 'routers add purok-3 --host 10.9.0.3 --user pisonet --password-stdin < password.txt',
  parameters: {
    name: argument('NAME', 'what you call it', asTyped),
    host: requiredOption('--host <address>', 'its address or host name', asTyped),
    user: requiredOption('--user <name>', 'the account on the router', asTyped),
    ...SETTINGS,
    password: secret('--password-stdin', 'read the password from standard input'),
  },
  run: (app, { name, host, user, password, ...typed }) => {
    const port = usualPort(typed.tls ?? 'off');
    const settings = { ...USUAL_SETTINGS, port, ...changed(typed) };
    return app.services.addedRouters.add(
      { ...settings, title: name, host, username: user },
      password,
      actor(),
    );
  },
  json: shown,
  text: (router) =>
    `Router ${router.title} was added. To set it up: ${PISONET} setup${routerOption(router.title)}`,
  notes: () => [TAKEN_UP],
});

export const editRouter = command({
  name: 'routers edit',
  summary: 'Change how an added router is reached, or enter its password again',
  example: 'routers edit purok-3 --host 10.9.0.4',
  parameters: {
    name: NAME,
    host: option('--host <address>', 'its address or host name', asTyped),
    user: option('--user <name>', 'the account on the router', asTyped),
    ...SETTINGS,
    password: optionalSecret('--password-stdin', 'read a new password from standard input'),
  },
  run: (app, { name, host, user, password, ...typed }) =>
    app.services.addedRouters.edit(
      name,
      {
        ...(host !== undefined && { host }),
        ...(user !== undefined && { username: user }),
        ...changed(typed),
      },
      password,
      actor(),
    ),
  json: shown,
  text: ({ title }) => `Router ${title} was changed.`,
  notes: () => [TAKEN_UP],
});

export const removeRouter = command({
  name: 'routers remove',
  summary: 'Remove an added router; its usage stays in the database',
  example: 'routers remove purok-3 --yes',
  parameters: {
    name: NAME,
    consent: consent('Its customers keep their vouchers and can use them elsewhere. Remove it?'),
  },
  run: (app, { name }) => app.services.addedRouters.remove(name, actor()),
  json: ({ title }) => ({ name: title }),
  text: ({ title }) => `Router ${title} was removed; what is on it stays as it is.`,
  notes: () => [TAKEN_UP],
});

export const testAddedRouter = command({
  name: 'routers test',
  summary: 'Connect to an added router and say who answers, or what is wrong',
  example: 'routers test purok-3',
  parameters: { name: NAME },
  run: async (app, { name }) => {
    const { title } = await app.services.addedRouters.find(name);
    const found = await needRouter(app, title).overview.test();
    const { name: named, version, board, serial, notes } = found;
    return { name: named, version, board, serial, notes };
  },
  text: (found) =>
    fieldList([
      ['Router', found.name],
      ['RouterOS', found.version],
      ['Board', found.board],
      ['Serial number', found.serial ?? '-'],
    ]),
  notes: ({ notes }) => notes,
});

/** What was typed, by the names of the settings; `-` empties one. */
function changed(typed: Partial<Typed>): Partial<AddedSettings> {
  const emptied = (value: string) => (value.trim() === NONE ? null : value.trim());
  const { port, tls, site, server, wan, lineHost, lineRate, poll, portal } = typed;
  return {
    ...(port !== undefined && { port }),
    ...(tls !== undefined && { tls }),
    ...(site !== undefined && { site }),
    ...(server !== undefined && { hotspotServer: emptied(server) }),
    ...(wan !== undefined && { wanInterface: emptied(wan) }),
    ...(lineHost !== undefined && { uplinkHost: emptied(lineHost) }),
    ...(lineRate !== undefined && { uplinkRate: emptied(lineRate) }),
    ...(poll !== undefined && { pollSeconds: poll }),
    ...(portal !== undefined && { portalUrl: emptied(portal) }),
  };
}

function portalPath({ key }: Pick<AddedRouter, 'key'>): string {
  return `/portal?r=${key}`;
}

function shown(router: AddedRouter) {
  const { title: name, site, host, port, tls, username: user } = router;
  const { hotspotServer, wanInterface, uplinkHost, uplinkRate, pollSeconds, portalUrl } = router;
  return {
    ...{ name, site: site || null, host, port, tls, user, hotspotServer, wanInterface },
    ...{ lineHost: uplinkHost, lineRate: uplinkRate, pollSeconds, portalUrl },
    portal: portalPath(router),
  };
}
