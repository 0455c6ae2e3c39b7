import { PISONET } from '../../src/command-line';
import { isoTime } from '../../src/clock';
import { SCOPES, type Scope } from '../../src/store/staff/token-store';
import { actor } from '../shell/actor';
import { oneOf } from '../shell/choices';
import { argument, asTyped, command, option, requiredOption, wholeNumber } from '../shell/command';
import { timeText } from '../shell/figures';
import { textTable } from '../shell/text-table';

export const addToken = command({
  name: 'tokens add',
  summary: 'Make a token for another program, and show it this once',
  example: 'tokens add cashbox --scope sell --expires 2027-12-31',
  parameters: {
    name: argument('NAME', 'what the token is for', asTyped),
    scope: requiredOption(
      '--scope <scope>',
      'read, sell (and read), or admin (everything)',
      asTyped,
      oneOf('Which scope?', SCOPES),
    ),
    site: option('--site <name>', 'only for what is sold and online at this site', asTyped),
    expires: option('--expires <time>', 'after 90d, or at a time: 2027-12-31', asTyped),
  },
  run: (app, order) => app.services.tokens.add(order, actor()),
  json: ({ id, token, expiresAt }) => ({ id, token, expiresAt: isoTime(expiresAt) }),
  text: ({ id, name, scope, site, token }) =>
    [`Token ${id} for ${name} was made; its scope is ${scopeText(scope, site)}.`, token].join('\n'),
  notes: () => ['It is not shown again: copy it now.'],
});

export const listTokens = command({
  name: 'tokens list',
  summary: 'Show the tokens of other programs',
  example: 'tokens list',
  parameters: {},
  run: async ({ services }) => {
    const names = new Map((await services.sites.list()).map(({ id, name }) => [id, name]));
    return (await services.tokens.list()).map((token) => ({
      ...token,
      site: token.siteId === null ? null : (names.get(token.siteId) ?? 'no site'),
    }));
  },
  json: (tokens) =>
    tokens.map(({ id, name, prefix, scope, site, madeBy, ...times }) => ({
      ...{ id, name, prefix, scope, site, madeBy },
      madeAt: isoTime(times.madeAt),
      expiresAt: isoTime(times.expiresAt),
      revokedAt: isoTime(times.revokedAt),
      lastUsedAt: isoTime(times.lastUsedAt),
    })),
  text: (tokens, timeZone) => {
    const time = (at: Date | null, none: string) => (at ? timeText(at, timeZone) : none);
    return textTable(
      [
        ...[{ title: 'Id' }, { title: 'Name', elastic: true }, { title: 'Begins' }],
        ...[{ title: 'Scope' }, { title: 'Last used' }, { title: 'Ends' }],
      ],
      tokens.map(({ id, name, prefix, scope, site, lastUsedAt, expiresAt, revokedAt }) => [
        ...[String(id), name, prefix, scopeText(scope, site), time(lastUsedAt, 'never')],
        revokedAt ? 'revoked' : time(expiresAt, 'never'),
      ]),
      `There is no token yet. Make one: ${PISONET} tokens add NAME --scope read`,
    );
  },
});

export const revokeToken = command({
  name: 'tokens revoke',
  summary: 'Revoke a token; the program that has it cannot use it any more',
  example: 'tokens revoke 1',
  parameters: {
    id: argument('ID', 'the number of the token, from the list', wholeNumber),
  },
  run: (app, { id }) => app.services.tokens.revoke(id, actor()),
  json: ({ id, name }) => ({ id, name }),
  text: ({ id, name }) => `Token ${id} for ${name} is revoked.`,
});

function scopeText(scope: Scope, site: string | null): string {
  return site === null ? scope : `${scope} at ${site}`;
}
