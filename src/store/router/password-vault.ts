import { AppError } from '../../errors';
import { SealedText } from '../database/sealed-text';
import type { SecretKey } from '../database/secret-key';
import { say } from '../../text';

/** The routers' passwords in the books, encrypted, each bound to its router. */
export class PasswordVault {
  private readonly sealed: SealedText;

  constructor(secret: Pick<SecretKey, 'derive'>) {
    this.sealed = new SealedText(secret, 'router passwords');
  }

  seal(routerId: number, password: string): string {
    return this.sealed.seal(boundTo(routerId), password);
  }

  /** @throws AppError when it was encrypted with another key, or changed since */
  open(router: { id: number; title: string }, sealed: string): string {
    try {
      return this.sealed.open(boundTo(router.id), sealed);
    } catch (cause) {
      throw new AppError(
        say`The password of router ${router.title} cannot be read: the shop's key is another one than when it was entered. Enter it again with \`routers edit\``,
        { cause },
      );
    }
  }
}

function boundTo(routerId: number): string {
  return `router ${routerId}`;
}
