import { isIP } from 'node:net';
import { loadConfig, settingsFile, type RouterConfig } from '../../src/config';
import { quoted } from '../../src/domain/units';
import { BadValues, InvalidInput } from '../../src/errors';
import { usualPort } from '../../src/services/router/added-routers';
import { maskedSettings, saveSettings } from '../../src/settings-file';
import { oneOf } from '../shell/choices';
import { asTyped, command, option, requiredOption, secret } from '../shell/command';
import { wrapped } from '../shell/text-table';
import { say } from '../../src/text';

const TLS = { off: 'false', on: 'true', anonymous: 'anonymous' } as const;
export type Tls = keyof typeof TLS;
export const TLS_KINDS = Object.keys(TLS) as Tls[];
const TLS_TEXTS: Readonly<Record<Tls, string>> = {
  off: 'off  not encrypted',
  on: 'on  encrypted, the router has a certificate',
  anonymous: 'anonymous  encrypted, without a certificate',
};
/** What is typed for "none of them" where there is one now. */
export const NONE = '-';

interface Address {
  host: string;
  /** Behind a colon, as addresses of routers are often told. */
  port: number | undefined;
}

export const configureRouter = command({
  name: 'router configure',
  summary: "Write the router's address and account into .env",
  example: 'router configure --host 192.168.88.1 --username pisonet --password-stdin < secret',
  parameters: {
    host: {
      ...requiredOption('--host <address>', "the router's address", readAddress),
      present: ({ router }) => router?.host,
    },
    tls: {
      ...option('--tls <kind>', `whether its API is encrypted: ${TLS_KINDS.join(', ')}`, readTls),
      choices: {
        ...oneOf('Is the connection encrypted (api-ssl)?', TLS_KINDS),
        find: () => Promise.resolve(TLS_KINDS.map((value) => ({ value, name: TLS_TEXTS[value] }))),
      },
      present: ({ router }) => router?.tls ?? 'off',
    },
    port: {
      ...option('--port <n>', 'the port of its API, if it is not the usual one', readPort),
      present: ({ router }, { host, tls }) =>
        String(
          ((host as Address).port ?? (router?.tls === tls && router?.port)) ||
            usualPort((tls as Tls | undefined) ?? 'off'),
        ),
    },
    username: {
      ...requiredOption('--username <name>', "the router's user for this program", asTyped),
      present: ({ router }) => router?.username,
    },
    password: {
      ...secret('--password-stdin', "read that user's password from standard input"),
      question: 'password of that user',
      present: ({ router }) => router?.password,
    },
    wanInterface: {
      ...option('--wan-interface <name>', 'the interface to the Internet; - for none', asTyped),
      present: ({ router }) => router?.wanInterface ?? NONE,
    },
    hotspotServer: {
      ...option('--hotspot-server <name>', 'the hotspot server to serve; - for all', asTyped),
      present: ({ router }) => router?.hotspotServer ?? NONE,
    },
  },
  run: ({ config: { router } }, given) => {
    const { host, tls, username, password } = given;
    const port = portOf(given);
    const settings = {
      MIKROTIK_HOST: host.host,
      MIKROTIK_USERNAME: username.trim(),
      MIKROTIK_PASSWORD: password,
      ...(tls !== undefined && { MIKROTIK_USE_SSL: TLS[tls] }),
      ...(port !== undefined && { MIKROTIK_PORT: String(port) }),
      ...named('MIKROTIK_WAN_INTERFACE', given.wanInterface, router?.wanInterface),
      ...named('MIKROTIK_HOTSPOT_SERVER', given.hotspotServer, router?.hotspotServer),
    };
    const { notes } = keep(settings);
    return Promise.resolve({ settings, notes: [...staying(router, tls, port), ...notes] });
  },
  json: ({ settings }) => ({ host: settings.MIKROTIK_HOST, username: settings.MIKROTIK_USERNAME }),
  text: ({ settings }) =>
    wrapped(
      `The router at ${settings.MIKROTIK_HOST} is written into ${settingsFile()}, which only you can read: ` +
        'the password is in it. A server that runs has to be restarted to use it.',
    ),
  notes: ({ notes }) => notes,
});

/** What was not named stays as it is, which is easy to overlook when moving to another router. */
function staying(router: RouterConfig | undefined, tls?: Tls, port?: number): string[] {
  if (!router) return [];
  const isOtherTls = tls === undefined && router.tls !== 'off';
  const isOtherPort = port === undefined && router.port !== usualPort(tls ?? router.tls);
  return [
    ...(isOtherTls ? [`The connection stays encrypted (${router.tls}); --tls changes that`] : []),
    ...(isOtherPort ? [`The port stays ${router.port}; --port changes that`] : []),
  ];
}

/** @throws InvalidInput where two ports are named */
function portOf({ host, port }: { host: Address; port: number | undefined }): number | undefined {
  if (host.port === undefined || port === undefined || host.port === port) return host.port ?? port;
  throw new InvalidInput(
    say`--host names the port ${host.port} and --port ${port}: which one is it?`,
  );
}

function named(setting: string, typed: string | undefined, before: string | undefined) {
  const value = typed?.trim() === NONE ? '' : typed?.trim();
  return value === undefined || (value === '' && before === undefined) ? {} : { [setting]: value };
}

function readAddress(typed: string): Address {
  const [, host = typed, port] = /^([^:]+):(\d+)$/.exec(typed.trim()) ?? [];
  if (/^[\d.]+$/.test(host) && isIP(host) === 0) {
    throw new InvalidInput(say`${quoted(host)} is not an address; write it like 192.168.88.1`);
  }
  return {
    host: asSetting('MIKROTIK_HOST')(host),
    port: port === undefined ? undefined : readPort(port),
  };
}

function readPort(typed: string): number {
  return Number(asSetting('MIKROTIK_PORT')(typed));
}

export function readTls(typed: string): Tls {
  const found = TLS_KINDS.find((kind) => kind === typed.trim().toLowerCase());
  if (found) return found;
  throw new InvalidInput(say`${quoted(typed)} is not one of ${TLS_KINDS.join(', ')}`);
}

/** For a value that becomes a setting: errors quote what was typed. */
export function asSetting(name: string): (typed: string) => string {
  return (typed) => {
    const value = typed.trim();
    try {
      loadConfig({ [name]: value });
    } catch (error) {
      if (!(error instanceof BadValues)) throw error;
      throw new BadValues(error.values, ({ shown = name, problem }) => {
        return say`${shown.trim()} ${problem}`;
      });
    }
    return value;
  };
}

/** Checks the settings as the next start will, then writes them. */
export function keep<S extends Record<string, string>>(
  settings: S,
): { settings: S; notes: string[] } {
  if ('MIKROTIK_HOST' in settings && settings.MIKROTIK_HOST === '') {
    throw new InvalidInput('The router has to have an address');
  }
  saveSettings(settings);
  return { settings, notes: maskedNotes(Object.keys(settings)) };
}

/** Settings that were written but have no effect, because the environment sets them too. */
export function maskedNotes(names: readonly string[]): string[] {
  return maskedSettings(names).map(
    (name) => `${name} is set in the environment too, which goes before ${settingsFile()}`,
  );
}
