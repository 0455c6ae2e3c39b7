import type { Clock } from '../clock';
import type { Stores } from '../store/stores';

/** Books that take longer than this to answer serve nobody. */
const PATIENCE_MS = 2_000;

export interface Ready {
  books: 'readable' | 'not readable';
  router: 'answers' | 'away' | 'not set up';
}

/** Whether this process can do its work. */
export class Readiness {
  /** @param router the connection to it; `undefined` while none is set up */
  constructor(
    private readonly stores: Stores,
    private readonly router: { readonly isConnected: boolean } | undefined,
    private readonly clock: Clock,
  ) {}

  /** Looks into the books; the router is not asked for this. */
  async look(): Promise<Ready> {
    const { router } = this;
    const answers = router?.isConnected ? 'answers' : 'away';
    return {
      books: (await this.areBooksReadable()) ? 'readable' : 'not readable',
      router: router ? answers : 'not set up',
    };
  }

  private async areBooksReadable(): Promise<boolean> {
    const enough = new AbortController();
    const read = this.stores.plans.isEmpty().then(
      () => true,
      () => false,
    );
    const late = this.clock.wait(PATIENCE_MS, enough.signal).then(() => false);
    return Promise.race([read, late]).finally(() => enough.abort());
  }
}
