import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { StaffListener } from '../../config';
import { AppError, InvalidInput } from '../../errors';
import type { Log } from '../../log';
import { say } from '../../text';

type CertificateFiles = NonNullable<StaffListener['tls']>;

const LOOK_MS = 60_000;

/**
 * The certificate and its key, as Node's `tls` takes them.
 * @throws InvalidInput that names the file and says what is wrong with it
 */
export function readCertificate({ certFile, keyFile }: CertificateFiles): {
  cert: string;
  key: string;
} {
  const cert = readText('TLS_CERT_FILE', certFile);
  const key = readText('TLS_KEY_FILE', keyFile);
  const certificate = attempt(
    () => new X509Certificate(cert),
    `TLS_CERT_FILE ${certFile} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`,
  );
  if (!certificate.checkPrivateKey(privateKey(key, keyFile))) {
    throw new InvalidInput(
      say`TLS_KEY_FILE ${keyFile} is not the key of the first certificate in TLS_CERT_FILE ${certFile}`,
    );
  }
  const unusable = `TLS_CERT_FILE ${certFile} and TLS_KEY_FILE ${keyFile} cannot be used for https`;
  attempt(() => createSecureContext({ cert, key }), unusable);
  return { cert, key };
}

/**
 * Checks every minute whether the files were renewed, and uses the new ones from then on. Files that
 * cannot be used, as between the writing of the two, change nothing.
 */
export function renewCertificate(
  server: Server,
  files: CertificateFiles,
  log: Log,
  everyMs = LOOK_MS,
): void {
  const names = [files.certFile, files.keyFile];
  const renew = () => {
    try {
      server.setSecureContext(readCertificate(files));
      log.info('the certificate of the staff pages was reloaded');
    } catch (error) {
      const reason = error instanceof AppError ? error.message : String(error);
      log.warn(
        { reason },
        'the new certificate of the staff pages cannot be used, the old one stays',
      );
    }
  };
  for (const name of names) watchFile(name, { interval: everyMs, persistent: false }, renew);
  server.once('close', () => names.forEach((name) => unwatchFile(name, renew)));
}

function privateKey(key: string, keyFile: string): KeyObject {
  const wrong = /ENCRYPTED/.test(key)
    ? `TLS_KEY_FILE ${keyFile} is locked with a passphrase: write it without one`
    : `TLS_KEY_FILE ${keyFile} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)`;
  return attempt(() => createPrivateKey(key), wrong);
}

function readText(name: string, file: string): string {
  return attempt(
    () => readFileSync(file, 'utf8'),
    `${name} ${file} cannot be read: check that it is there and that this program may read it`,
  );
}

function attempt<T>(work: () => T, wrong: string): T {
  try {
    return work();
  } catch (cause) {
    throw new InvalidInput(wrong, { cause });
  }
}
