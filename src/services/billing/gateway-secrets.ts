import type { PaymentSource } from '../../store/billing/payment-source-store';
import { SealedText } from '../../store/database/sealed-text';
import type { SecretKey } from '../../store/database/secret-key';

/** What gateways gave to the shop, encrypted with its key; and the secrets of those that sign our way. */
export class GatewaySecrets {
  private readonly sealed: SealedText;

  constructor(private readonly secrets: Pick<SecretKey, 'derive'>) {
    this.sealed = new SealedText(secrets, 'gateway secrets');
  }

  /** @param salt of its source */
  seal(salt: string, secret: string): string {
    return this.sealed.seal(salt, secret);
  }

  sealKey(salt: string, key: string): string {
    return this.sealed.seal(keyOf(salt), key);
  }

  /** By which reports are checked. */
  ofReports({ id, salt, sealedSecret }: Sealed): string {
    const own = this.secrets.derive(`payment source ${id} ${salt}`);
    // The shop may have another key than when it was entered: nothing is genuine then.
    return sealedSecret === null ? own : (this.opened(salt, sealedSecret) ?? own);
  }

  /** To make pages with; `undefined` where there is none, or the shop has another key than when it was entered. */
  ofPages({ salt, sealedSecret, sealedKey }: Sealed): string | undefined {
    if (sealedKey === null) return undefined;
    if (sealedKey === SAME) return this.opened(salt, sealedSecret ?? '');
    return this.opened(keyOf(salt), sealedKey);
  }

  private opened(boundTo: string, sealed: string): string | undefined {
    try {
      return this.sealed.open(boundTo, sealed);
    } catch {
      return undefined;
    }
  }
}

/** In place of a key, where the secret of the reports is it. */
export const SAME = 'secret';

type Sealed = Pick<PaymentSource, 'id' | 'salt' | 'sealedSecret' | 'sealedKey'>;

function keyOf(salt: string): string {
  return `${salt} key`;
}
