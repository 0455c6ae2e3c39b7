import { BooksUnavailable } from '../../errors';

type Write = () => Promise<unknown>;

/**
 * Writes that undo something, and that the books could not take. They are kept in memory, and made before
 * the next one of their kind: a code that was typed while the disk was full must be as good as new as soon
 * as there is room. A restart forgets them. A hold then runs out by itself; a voucher that was moved stays
 * where it went, and one that was paused goes on, until somebody does something about it.
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

  /**
   * Makes what is owed, the oldest first.
   * @throws BooksUnavailable while the books take none; what any other write throws, which no second try
   *   would mend. The rest stay owed either way.
   */
  async flush(): Promise<void> {
    for (let write = this.owed.shift(); write; write = this.owed.shift()) {
      try {
        await write();
      } catch (error) {
        if (error instanceof BooksUnavailable) this.owed.unshift(write);
        throw error;
      }
    }
  }
}
