import { parseArgs } from 'node:util';
import { InvalidInput } from '../../src/errors';
import { say } from '../../src/text';

/** Which router is tried, and how. The password is not part of it: it never stands in a command line. */
export interface TrialOrder {
  host: string;
  /** Of the API; the usual one of the way it is spoken without. */
  port: number;
  username: string;
  tls: 'off' | 'on' | 'anonymous';
  /** Address or MAC of a device on the hotspot. */
  device: string | undefined;
  /** An address of this computer that the router reaches; without, the one the router sees. */
  ownAddress: string | undefined;
  reboot: boolean;
  yes: boolean;
  file: string | undefined;
}

/** The variable that the password may be in. */
export const PASSWORD_VARIABLE = 'ROUTER_PASSWORD';

export const USAGE = `node scripts/try-on-router.mjs --host ADDRESS --user NAME

Tries this program on a router that is nobody's: one to throw away, or a CHR in a virtual machine. It asks what only
writing shows, runs the whole life of a shop, undoes everything, and writes a report to send us. It refuses a router
that has users, queues or sessions of others, and tells what it would do before it does anything.

  --host ADDRESS     of the router
  --user NAME        an administrator there; the password is asked for, or is in ${PASSWORD_VARIABLE}
  --port NUMBER      of its API: 8728, or 8729 with --tls
  --tls on           encrypted, with a certificate; anonymous: without one
  --device ADDRESS   a device on its hotspot (address or MAC) where there are several; it is logged in and out
  --own ADDRESS      this computer's address as the router reaches it, where that is not the one the router sees
  --reboot           restart the router once, too
  --yes              do not ask whether to begin
  --out FILE         the report; router-trial-DATE.json without`;

const PORTS = { off: 8728, on: 8729, anonymous: 8729 };

/** @returns `undefined` where only help is wanted @throws InvalidInput */
export function readOrder(args: readonly string[]): TrialOrder | undefined {
  if (args.some((word) => /^--password(=|$)/.test(word))) {
    throw new InvalidInput(
      say`Everybody on this computer can read a password in a command line: put it into ${PASSWORD_VARIABLE}, or type it when asked`,
    );
  }
  const values = readFlags(args);
  if (values.help || args.length === 0) return undefined;
  const { host, user: username, tls = 'off' } = values;
  if (!host || !username) throw new InvalidInput('Which router? --host ADDRESS --user NAME');
  if (tls !== 'off' && tls !== 'on' && tls !== 'anonymous') {
    throw new InvalidInput(say`--tls ${tls}: say on, anonymous or off`);
  }
  return {
    ...{ host, username, tls, port: readPort(values.port, PORTS[tls]) },
    ...{ device: values.device, ownAddress: values.own, file: values.out },
    ...{ reboot: values.reboot, yes: values.yes },
  };
}

function readFlags(args: readonly string[]) {
  const one = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const names = { host: one, user: one, port: one, tls: one, device: one, own: one, out: one };
  try {
    const options = { ...names, reboot: flag, yes: flag, help: { ...flag, short: 'h' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // The package for options goes on with all it knows.
    // eslint-disable-next-line no-restricted-syntax
    throw new InvalidInput((error as Error).message.split('\n')[0]!, { cause: error });
  }
}

function readPort(given: string | undefined, usual: number): number {
  if (given === undefined) return usual;
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidInput(say`--port ${given}: a port is a number from 1 to 65535`);
}
