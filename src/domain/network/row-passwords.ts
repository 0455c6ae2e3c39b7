import { createHmac } from 'node:crypto';
import type { DesiredUser } from './network';

type Row = Pick<DesiredUser, 'code' | 'mac'>;

/**
 * Passwords of hotspot user rows. Whoever knows a row's name and password gets in at the router's own page,
 * past the portal and without a queue. A row that is bound to one device has its code as the password, so
 * that this device can type it there while we are away. A row for several devices cannot be bound, so its
 * password is one that nobody knows: its devices come in by the portal, and come back by their cookies.
 */
export class RowPasswords {
  /** @param secret of this shop; the same for as long as rows made with it should go on working */
  constructor(private readonly secret: string) {}

  of(row: Row): string {
    return row.mac === null ? this.sealed('password', row.code) : row.code;
  }

  /**
   * What a row's comment says of its password, which the router does not show us: `undefined` where it is the
   * code. Another one means that the row has another password.
   */
  markOf(row: Row): string | undefined {
    return row.mac === null ? this.sealed('mark', row.code).slice(0, 8) : undefined;
  }

  private sealed(what: string, code: string): string {
    return createHmac('sha256', this.secret)
      .update(`${what} ${code}`)
      .digest('base64url')
      .slice(0, 32);
  }
}
