import type { Request } from 'express';
import type { SystemConfig } from '../../config';

/** What others on the network can see of the way somebody reached a staff page, and how to fix it. */
export interface ConnectionNotice {
  isEncrypted: boolean;
  text: string;
}

/** @param req a request for a staff page */
export function connectionNotice(
  req: Request,
  { staff }: Pick<SystemConfig, 'staff'>,
): ConnectionNotice {
  const { encrypted, localPort } = req.socket as Request['socket'] & { encrypted?: boolean };
  const port = staff
    ? `port ${localPort}, which is for staff only`
    : `port ${localPort}, where customers have their portal`;
  if (encrypted) return { isEncrypted: true, text: `You are using https, on ${port}.` };
  if (req.secure) {
    const proxy = req.socket.remoteAddress?.replace(/^::ffff:/, '');
    return {
      isEncrypted: true,
      text: `You are using https as far as the proxy at ${proxy}, which passes you on to ${port}.`,
    };
  }
  const mend = staff
    ? 'TLS_CERT_FILE and TLS_KEY_FILE in .env encrypt it: docs/setup.md says how.'
    : 'ADMIN_PORT in .env gives staff a port of their own, TLS_CERT_FILE and TLS_KEY_FILE encrypt it: ' +
      'docs/setup.md says how.';
  return {
    isEncrypted: false,
    text: `Not secure: others on this Wi-Fi can read your password and use your session, on ${port}. ${mend}`,
  };
}
