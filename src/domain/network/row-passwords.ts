import { createHmac } from 'node:crypto';
import type { DesiredUser } from './network';

type Row = Pick<DesiredUser, 'code' | 'mac' | 'password'>;

/**
 * Passwords of hotspot user rows. Anybody who knows a row's name and password gets in at the router's own
 * page, past the portal and without a queue. A row bound to one device has its code as the password, so
 * that this device can type it there while we are away. A row for several devices cannot be bound, so its
 * password is one that nobody knows: its devices come in by the portal, and come back by their cookies.
 * Subscribers have passwords of their own.
 */
export class RowPasswords {
  /** @param secret of this shop; must stay the same for rows made with it to keep working */
  constructor(private readonly secret: string) {}

  of(row: Row): string {
    if (row.password !== undefined) return row.password;
    return row.mac === null ? this.sealed('password', row.code) : row.code;
  }

  /**
   * The mark in a row's comment that tells its password, which the router does not show us: `undefined`
   * if it is the code. A different mark means a different password.
   */
  markOf(row: Row): string | undefined {
    if (row.password !== undefined) return this.markOfOwn(row.code, row.password);
    return row.mac === null ? this.sealed('mark', row.code).slice(0, 8) : undefined;
  }

  /** Of a password that people chose, which the mark does not give away. */
  markOfOwn(code: string, password: string): string {
    return this.sealed('own mark', `${code} ${password}`).slice(0, 8);
  }

  private sealed(what: string, code: string): string {
    return createHmac('sha256', this.secret)
      .update(`${what} ${code}`)
      .digest('base64url')
      .slice(0, 32);
  }
}
