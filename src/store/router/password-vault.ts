import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '../../errors';
import type { SecretKey } from '../database/secret-key';

const VERSION = 'v1';
const PURPOSE = 'router passwords';
const [KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 12, 16];

/**
 * Encrypts the routers' passwords in the books (AES-256-GCM) with a key made from the shop's, which no backup of
 * the books holds. Each is bound to its router: copied to another row it cannot be read.
 */
export class PasswordVault {
  constructor(private readonly secret: Pick<SecretKey, 'derive'>) {}

  seal(routerId: number, password: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(), nonce).setAAD(boundTo(routerId));
    const sealed = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()]);
    const whole = Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    return `${VERSION}.${whole.toString('base64url')}`;
  }

  /** @throws AppError when it was encrypted with another key, or changed since */
  open(router: { id: number; title: string }, sealed: string): string {
    try {
      const [version, text = ''] = sealed.split('.');
      if (version !== VERSION) throw new Error(`unknown version ${version}`);
      const whole = Buffer.from(text, 'base64url');
      const nonce = whole.subarray(0, NONCE_BYTES);
      const tag = whole.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.key(), nonce, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(boundTo(router.id)).setAuthTag(tag);
      const rest = whole.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(rest), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new AppError(
        `The password of router ${router.title} cannot be read: the shop's key is another one than when it was ` +
          'entered. Enter it again with `routers edit`',
        { cause },
      );
    }
  }

  private key(): Buffer {
    return Buffer.from(hkdfSync('sha256', this.secret.derive(PURPOSE), '', PURPOSE, KEY_BYTES));
  }
}

function boundTo(routerId: number): Buffer {
  return Buffer.from(`router ${routerId}`);
}
