import type { Clock } from '../clock';
import { BooksUnavailable, type BooksTrouble } from '../errors';
import type { Stores } from '../store/stores';
import type { BooksWatch } from './notices/books-watch';

/** Books that take longer than this to answer are not usable. */
const TIMEOUT_MS = 2_000;

export interface Ready {
  books: 'readable' | 'not readable' | 'not writable' | 'damaged' | 'lost';
  /** Why they cannot be written, for programs and for people. */
  trouble?: { reason: BooksTrouble; message: string };
  /** Of several: whether all answer. */
  router: 'answers' | 'away' | 'not set up';
  /** How many there are and how many answer, where there are several. */
  routers?: { all: number; answer: number };
}

/** Whether this process can do its work. */
export class Readiness {
  /** @param routers as they are at any time, each with its connection */
  constructor(
    private readonly stores: Stores,
    private readonly watch: Pick<BooksWatch, 'look' | 'error'>,
    private readonly routers: readonly {
      client: { readonly isConnected: boolean };
      controller: { readonly status: { readonly lost: string | undefined } };
    }[],
    private readonly clock: Clock,
  ) {}

  /** Checks that the books can be read and written; the router is not asked for this. */
  async check(): Promise<Ready> {
    const all = this.routers.length;
    const answer = this.routers.filter(({ client }) => client.isConnected).length;
    const router = all === 0 ? 'not set up' : answer === all ? 'answers' : 'away';
    const areReadable = await this.areBooksReadable();
    const lost = this.routers.find(({ controller }) => controller.status.lost)?.controller.status;
    const error = this.watch.error ?? (lost && new BooksUnavailable('lost', undefined, lost.lost));
    const trouble = error && { reason: error.trouble, message: error.message };
    const books = !areReadable ? 'not readable' : error ? stateOf(error) : 'readable';
    const routers = all > 1 && { routers: { all, answer } };
    return { books, ...(trouble && { trouble }), router, ...routers };
  }

  private async areBooksReadable(): Promise<boolean> {
    const enough = new AbortController();
    const read = Promise.all([this.stores.plans.isEmpty(), this.watch.look()]).then(
      () => true,
      () => false,
    );
    // A caller that waits for another program's lock is reported as waiting, with the reason.
    const late = this.clock.wait(TIMEOUT_MS, enough.signal).then(() => false);
    return Promise.race([read, late]).finally(() => enough.abort());
  }
}

function stateOf({ trouble }: BooksUnavailable): Ready['books'] {
  return trouble === 'damaged' || trouble === 'lost' ? trouble : 'not writable';
}
