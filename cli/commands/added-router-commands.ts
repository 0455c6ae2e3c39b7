import { PISONET } from '../../src/command-line';
import { NotFound } from '../../src/errors';
import type { AddedRouter } from '../../src/store/router/added-router-store';
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
import { fieldList, textTable } from '../shell/text-table';

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
const NAME = argument('NAME', 'the name of the router', asTyped, NAMES);
const PLAIN_PORT = 8728;
const RESTART = `A running server takes it up at its next start: ${PISONET} stop, then start`;

export const listRouters = command({
  name: 'routers list',
  summary: 'Show the routers that were added to that of .env, and the end of their portal links',
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
      `No router was added to that of .env. To add one: ${PISONET} routers add NAME --host ADDRESS --user NAME`,
    ),
});

export const addRouter = command({
  name: 'routers add',
  summary: 'Add a router beside that of .env, with a loop of its own',
  example: 'routers add purok-3 --host 10.9.0.3 --user pisonet --password-stdin < password.txt',
  parameters: {
    name: argument('NAME', 'what you call it', asTyped),
    host: requiredOption('--host <address>', 'its address or host name', asTyped),
    user: requiredOption('--user <name>', 'the account on the router', asTyped),
    port: option('--port <number>', `of its API; ${PLAIN_PORT} if not given`, wholeNumber),
    site: option('--site <name>', 'where it stands', asTyped),
    server: option('--hotspot-server <name>', 'the hotspot server to serve', asTyped),
    password: secret('--password-stdin', 'read the password from standard input'),
  },
  run: (app, { name, host, user, port, site, server, password }) =>
    app.services.addedRouters.add(
      {
        ...{ title: name, host, username: user, port: port ?? PLAIN_PORT, site: site ?? '' },
        ...{ tls: 'off', hotspotServer: server ?? null },
      },
      password,
      actor(),
    ),
  json: shown,
  text: (router) =>
    `Router ${router.title} was added. Its log-in page has to lead to ${portalPath(router)}.`,
  notes: () => [RESTART],
});

export const editRouter = command({
  name: 'routers edit',
  summary: 'Change how an added router is reached, or enter its password again',
  example: 'routers edit purok-3 --host 10.9.0.4',
  parameters: {
    name: NAME,
    host: option('--host <address>', 'its address or host name', asTyped),
    user: option('--user <name>', 'the account on the router', asTyped),
    port: option('--port <number>', 'of its API', wholeNumber),
    site: option('--site <name>', 'where it stands', asTyped),
    password: optionalSecret('--password-stdin', 'read a new password from standard input'),
  },
  run: (app, { name, host, user, port, site, password }) =>
    app.services.addedRouters.edit(
      name,
      {
        ...(host !== undefined && { host }),
        ...(user !== undefined && { username: user }),
        ...(port !== undefined && { port }),
        ...(site !== undefined && { site }),
      },
      password,
      actor(),
    ),
  json: shown,
  text: ({ title }) => `Router ${title} was changed.`,
  notes: () => [RESTART],
});

export const removeRouter = command({
  name: 'routers remove',
  summary: 'Take an added router out; what was used there stays in the books',
  example: 'routers remove purok-3 --yes',
  parameters: {
    name: NAME,
    consent: consent('Its customers keep their vouchers and can use them elsewhere. Remove it?'),
  },
  run: (app, { name }) => app.services.addedRouters.remove(name, actor()),
  json: ({ title }) => ({ name: title }),
  text: ({ title }) => `Router ${title} was removed; what is on it stays as it is.`,
  notes: () => [RESTART],
});

export const testAddedRouter = command({
  name: 'routers test',
  summary: 'Connect to an added router and say who answers, or what is wrong',
  example: 'routers test purok-3',
  parameters: { name: NAME },
  run: async (app, { name }) => {
    const { id } = await app.services.addedRouters.find(name);
    const side = app.routerSides.find((one) => one.id === id);
    if (!side) throw new NotFound(`The password of router ${name} cannot be read: enter it again`);
    const { name: named, version, board, serial } = await side.router.identity();
    return { name: named, version, board, serial: serial ?? null };
  },
  text: (found) =>
    fieldList([
      ['Router', found.name],
      ['RouterOS', found.version],
      ['Board', found.board],
      ['Serial number', found.serial ?? '-'],
    ]),
});

function portalPath({ key }: Pick<AddedRouter, 'key'>): string {
  return `/portal?r=${key}`;
}

function shown(router: AddedRouter) {
  const { title: name, site, host, port, username: user, hotspotServer } = router;
  return { name, site: site || null, host, port, user, hotspotServer, portal: portalPath(router) };
}
