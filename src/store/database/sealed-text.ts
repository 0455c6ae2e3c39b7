import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SecretKey } from './secret-key';

const VERSION = 'v1';
const [KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 12, 16];

/**
 * Encrypts secrets of others in the books (AES-256-GCM) with a key made from the shop's, which no backup of the books
 * holds. Each is bound to what it belongs to: copied to another row it cannot be read.
 */
export class SealedText {
  /** @param purpose another one is another key */
  constructor(
    private readonly secret: Pick<SecretKey, 'derive'>,
    private readonly purpose: string,
  ) {}

  seal(boundTo: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(), nonce).setAAD(Buffer.from(boundTo));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const whole = Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    return `${VERSION}.${whole.toString('base64url')}`;
  }

  /** @throws Error when it was encrypted with another key, for something else, or changed since */
  open(boundTo: string, sealed: string): string {
    const [version, text = ''] = sealed.split('.');
    if (version !== VERSION) throw new Error(`unknown version ${version}`);
    const whole = Buffer.from(text, 'base64url');
    const nonce = whole.subarray(0, NONCE_BYTES);
    const tag = whole.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.key(), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(tag);
    const rest = whole.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(rest), decipher.final()]).toString('utf8');
  }

  private key(): Buffer {
    const { secret, purpose } = this;
    return Buffer.from(hkdfSync('sha256', secret.derive(purpose), '', purpose, KEY_BYTES));
  }
}
