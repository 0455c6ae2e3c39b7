import { BooksUnavailable } from '../../errors';

type Write = () => Promise<unknown>;

/**
 * Writes that undo something, and that the books could not take. They are kept in memory, and made before
 * the next one of their kind: a code that was typed while the disk was full must be as good as new as soon
 * as there is room. What a restart forgets of them runs out by itself.
 */
export class OwedWrites {
  private readonly owed: Write[] = [];

  /** Now, or else as soon as the books can be written. */
  async make(write: Write): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof BooksUnavailable)) throw error;
      this.owed.push(write);
    }
  }

  async settle(): Promise<void> {
    for (const write of this.owed.splice(0)) await this.make(write);
  }
}
