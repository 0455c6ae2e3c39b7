import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { Connector } from 'node-routeros';
import { PISONET } from '../../command-line';
import { InvalidInput, RouterRefused, RouterUnreachable } from '../../errors';
import type { WordText } from './word-text';
import { say, word } from '../../text';

/**
 * The call to a router's API, plain or by TLS, and what is wrong where nobody takes it. The only file that knows the
 * package node-routeros. Of it we keep the Connector, which dials; its receiver and transmitter are replaced because
 * in the original one `!empty` ends the process, a reply cut before its last byte hangs, text is garbled, and a lost
 * connection leaves its commands waiting forever.
 */

const PACKAGE = 'node-routeros';
/** The pieces replaced below are private to the package; they are known to fit this version only. */
const PACKAGE_VERSION = '1.6.9';

interface ConnectorInside {
  socket: Socket;
  receiver: { processRawData(data: Buffer): void };
}

export interface RouterAddress {
  host: string;
  port: number;
  username: string;
  password: string;
  /** `on` wants a certificate and pins it; `anonymous` encrypts without authentication. */
  tls: 'off' | 'on' | 'anonymous';
  /**
   * SHA-256 fingerprint the certificate must have; without one, any certificate is trusted and reported.
   */
  fingerprint?: string | undefined;
  /** How its words are read; kept over all connections, for what is written back. */
  text?: WordText;
}

/** A call under way, or one that was taken. */
export interface Call {
  socket: Socket;
  /** Gets every byte the router sends. */
  onData(take: (data: Buffer) => void): void;
  /** Once it is taken, TLS included. */
  onTaken(taken: () => void): void;
  /** Ends it; what it still reports is heard by nobody. */
  hangUp(): void;
}

/** @throws InvalidInput when the package is another version than the one whose internals are replaced here */
export function dial(address: RouterAddress): Call {
  assertPackage();
  const connector = new Connector({
    host: address.host,
    port: address.port,
    // The library kills a healthy but quiet connection after this many seconds; we have our own
    // deadlines, so its timer is set to a day and reset by every byte.
    timeout: 86_400,
    ...(address.tls === 'off' ? {} : { tls: tlsOptions(address) }),
  });
  connector.connect();
  const inside = connector as unknown as ConnectorInside;
  return {
    socket: inside.socket,
    onData: (take) => (inside.receiver = { processRawData: take }),
    onTaken: (taken) => {
      connector.on('error', () => undefined); // the socket tells
      connector.once('connected', taken);
    },
    hangUp: () => {
      connector.destroy();
      // destroy() removed the connector's listeners, but the socket still reports to it: an error without a
      // listener would end the process.
      connector.on('error', () => undefined);
    },
  };
}

/**
 * @returns the SHA-256 fingerprint of the certificate that was shown
 * @throws RouterRefused when it is another one than the one we know
 */
export function checkCertificate(socket: Socket, address: RouterAddress): string {
  const shown = (socket as TLSSocket).getPeerCertificate().fingerprint256;
  if (!address.fingerprint || shown === address.fingerprint) return shown;
  throw new RouterRefused(
    say`${where(address)} shows another certificate than the one we know. If the router was changed on purpose, forget the old one with: ${PISONET} router test --trust-new-certificate`,
    { detail: { known: address.fingerprint, shown } },
  );
}

export function where(address: RouterAddress): string {
  return `${address.host}:${address.port}`;
}

export function hungUp(address: RouterAddress): RouterUnreachable {
  return new RouterUnreachable(
    say`${where(address)} accepted the call and hung up. On the router check "ip service" (address list, max-sessions), the user's own address list, and that this is the ${address.tls === 'off' ? 'api' : 'api-ssl'} port`,
  );
}

/** What the system said of the call, in words. */
export function dialError(address: RouterAddress, error: NodeJS.ErrnoException): Error {
  const cause = { cause: error };
  switch (error.code) {
    case 'ECONNREFUSED':
      return new RouterUnreachable(
        say`Nothing listens at ${where(address)}. Check the address and port, and enable the service "${address.tls === 'off' ? 'api' : 'api-ssl'}" under IP > Services on the router`,
        cause,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return new RouterUnreachable(
        say`${where(address)} cannot be reached: is the router on and the cable in?`,
        cause,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new RouterUnreachable(
        say`The name ${address.host} is not known: ${ADVICE.address}`,
        cause,
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return address.tls === 'off'
        ? new RouterUnreachable(say`${where(address)} cut the connection`, cause)
        : tlsMismatch(address, cause);
  }
  if (error.code?.startsWith('ERR_SSL') || error.code === 'EPROTO')
    return tlsMismatch(address, cause);
  return new RouterUnreachable(
    say`${where(address)}: ${error.message || error.code || word('connection failed')}`,
    cause,
  );
}

/** What to do, by the settings; a form says it with its own fields. */
const ADVICE = {
  address: word('check MIKROTIK_HOST'),
  encrypt: word('set MIKROTIK_USE_SSL=true'),
  plain: word('set MIKROTIK_USE_SSL=false'),
};

/** The port is the other one of the two, and said so. */
export function wrongPort(address: RouterAddress): RouterUnreachable {
  return new RouterUnreachable(
    address.tls === 'off'
      ? say`${where(address)} speaks TLS: it is the api-ssl port. Give the port of api (usually 8728), or ${ADVICE.encrypt}`
      : say`${where(address)} is the plain API, without encryption. Give the port of api-ssl (usually 8729), or ${ADVICE.plain}`,
  );
}

function tlsMismatch(address: RouterAddress, cause: { cause: unknown }): Error {
  return new RouterUnreachable(
    address.tls === 'anonymous'
      ? say`${where(address)} does not offer anonymous TLS: it has a certificate (${ADVICE.encrypt}) or is not the api-ssl port`
      : say`${where(address)} does not speak TLS with a certificate: give api-ssl a certificate on the router, check the port (8729 is api-ssl, 8728 is plain), or ${ADVICE.plain}`,
    cause,
  );
}

function tlsOptions(address: RouterAddress): ConnectionOptions & Record<string, unknown> {
  // Without a certificate RouterOS offers only anonymous Diffie-Hellman, which OpenSSL 3 hides below
  // security level 0. With one it is self-signed, so it is checked by fingerprint, not by authority.
  const anonymous = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2' as const };
  return {
    rejectUnauthorized: false,
    ...(address.tls === 'anonymous' ? anonymous : {}),
  };
}

let packageChecked = false;

/** Refuses to run on a version of the package other than the one whose internals are replaced here. */
function assertPackage(): void {
  if (packageChecked) return;
  const manifest: unknown = JSON.parse(
    readFileSync(require.resolve(`${PACKAGE}/package.json`), 'utf8'),
  );
  const found = (manifest as { version?: string }).version;
  if (found !== PACKAGE_VERSION) {
    throw new InvalidInput(
      say`${PACKAGE} ${found} is installed, ${PACKAGE_VERSION} is needed: run npm ci`,
    );
  }
  packageChecked = true;
}
