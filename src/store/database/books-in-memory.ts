import { BooksConnection, type Answer } from './books-connection.cjs';
import { driverError } from './driver-error';

/** Books in memory wait for no disk and no other program, so they need no thread of their own. */
export class BooksInMemory {
  private isOpen = true;

  private constructor(private readonly books: BooksConnection) {}

  /** @param bytes of a file, or none for empty books */
  static open(bytes: Uint8Array | undefined): BooksInMemory {
    try {
      return new BooksInMemory(new BooksConnection(bytes ?? ':memory:'));
    } catch (error) {
      throw driverError(error as NodeJS.ErrnoException);
    }
  }

  get isAlive(): boolean {
    return this.isOpen;
  }

  /** As `BooksThread.run`. */
  async run(sql: string, bindings: readonly unknown[]): Promise<Answer> {
    // Others have their turn between two statements, as with books in a file.
    await new Promise(setImmediate);
    if (!this.isOpen) throw new Error('The books are closed');
    try {
      return this.books.run(sql, bindings);
    } catch (error) {
      throw driverError(error as NodeJS.ErrnoException);
    }
  }

  close(): Promise<void> {
    if (this.isOpen) this.books.close();
    this.isOpen = false;
    return Promise.resolve();
  }
}
