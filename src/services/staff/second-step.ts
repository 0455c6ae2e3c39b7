import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Clock } from '../../clock';
import { generateCodes, normalizeCode } from '../../domain/vouchers/voucher-code';
import { Conflict, InvalidInput, NotFound } from '../../errors';
import type { StaffAccount } from '../../store/staff/account-store';
import type { Stores } from '../../store/stores';
import { say } from '../../text';

/** Phone clocks are slightly off: the codes before and after are also accepted. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
/** Long enough (79 bits) for a plain hash to be safe. */
const RECOVERY_LENGTH = 16;

interface Confirmed {
  codes: string[];
  account: StaffAccount;
}

/**
 * Codes from a phone, required after the password (RFC 6238), for accounts whose owner wants them, and codes
 * on paper in case the phone is lost.
 */
export class SecondStep {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /** A secret for a phone; nothing is required until `confirm`. */
  propose(): string {
    return new Secret({ size: 20 }).base32;
  }

  /** What the QR code tells the phone's app. */
  link(secret: string, account: string, shopName: string): string {
    // A colon separates the two names in the address.
    const issuer = shopName.replaceAll(':', ' ').trim() || 'PisoNet';
    return new TOTP({ issuer, label: account, secret: Secret.fromBase32(secret) }).toString();
  }

  /**
   * Turns it on once the phone has shown that it knows the secret, and ends every session of the account.
   * @returns recovery codes, to be shown once, and the account for a new session
   * @throws InvalidInput when the code is not the phone's, Conflict when it is already on
   */
  async confirm(account: StaffAccount, secret: string, typed: string): Promise<Confirmed> {
    if (account.totpSecret) throw new Conflict('Two-step sign-in is on already');
    const counter = this.counterOf(secret, typed);
    if (counter === undefined) {
      throw new InvalidInput(
        'That is not the code the phone shows now. Check that its clock is right, and try again.',
      );
    }
    const { id, name } = account;
    const codes = await this.change(
      account,
      'second step switched on',
      name,
      async ({ accounts }) => {
        await accounts.setTotp(id, secret);
        await accounts.useTotpCounter(id, counter);
        // Sessions that began without a code may be a thief's.
        await accounts.raiseEpoch(id);
      },
    );
    return { codes, account: (await this.stores.accounts.get(id))! };
  }

  /** Replaces the recovery codes. @throws Conflict while it is off */
  async renewRecoveryCodes(account: StaffAccount): Promise<string[]> {
    if (!account.totpSecret) throw new Conflict('Two-step sign-in is off');
    return this.change(account, 'recovery codes renewed', account.name, () => Promise.resolve());
  }

  /** @throws NotFound, Conflict when it is already off */
  async switchOff(id: number, by: string): Promise<void> {
    const account = await this.stores.accounts.get(id);
    if (!account) throw new NotFound('There is no such account');
    if (!account.totpSecret)
      throw new Conflict(say`${account.name} signs in without a second step`);
    const at = this.clock.now();
    await this.stores.transaction(async ({ accounts, journal }) => {
      await accounts.setTotp(id, null);
      await accounts.setRecoveryCodes(id, []);
      const what = 'second step switched off';
      await journal.audit([{ at, who: by, what, subject: account.name, detail: {} }]);
    });
  }

  /** How a typed code was valid, once; `undefined` when it was not. */
  async use(account: StaffAccount, typed: string): Promise<'code' | 'recovery code' | undefined> {
    const { accounts } = this.stores;
    if (!account.totpSecret) return undefined;
    const counter = this.counterOf(account.totpSecret, typed);
    if (counter !== undefined) {
      return (await accounts.useTotpCounter(account.id, counter)) ? 'code' : undefined;
    }
    const isRecovery = await accounts.useRecoveryCode(account.id, hashOf(typed));
    return isRecovery ? 'recovery code' : undefined;
  }

  async recoveryCodesLeft(id: number): Promise<number> {
    return this.stores.accounts.countRecoveryCodes(id);
  }

  /** Which of the phone's codes it is, counted since 1970; `undefined` if it is not a current one. */
  private counterOf(secret: string, typed: string): number | undefined {
    const token = typed.replaceAll(/\s/g, '');
    if (!/^\d{6}$/.test(token)) return undefined;
    const timestamp = this.clock.now().getTime();
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const delta = totp.validate({ token, timestamp, window: WINDOW });
    return delta === null ? undefined : totp.counter({ timestamp }) + delta;
  }

  private async change(
    account: StaffAccount,
    what: 'second step switched on' | 'recovery codes renewed',
    by: string,
    how: (stores: Stores) => Promise<void>,
  ): Promise<string[]> {
    const random = (bytes: number) => randomBytes(bytes);
    const codes = generateCodes(RECOVERY_CODES, { length: RECOVERY_LENGTH, random });
    const at = this.clock.now();
    await this.stores.transaction(async (stores) => {
      await how(stores);
      await stores.accounts.setRecoveryCodes(account.id, codes.map(hashOf));
      await stores.journal.audit([{ at, who: by, what, subject: account.name, detail: {} }]);
    });
    return codes.map((code) => code.replaceAll(/(.{4})(?=.)/g, '$1-'));
  }
}

function hashOf(typed: string): string {
  return createHash('sha256').update(normalizeCode(typed)).digest('hex');
}
