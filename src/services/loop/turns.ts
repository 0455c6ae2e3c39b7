/** A round of everybody, or of one device whose customer waits. */
type Kind = 'whole' | 'device';

/**
 * One round at a time. Where both kinds wait they come by turns: neither does a crowd at the portal keep the
 * loop from its rounds, nor do many rounds in a row keep a customer waiting.
 */
export class Turns {
  private readonly waiting: Record<Kind, (() => Promise<void>)[]> = { whole: [], device: [] };
  private readonly unfinished = new Set<Promise<unknown>>();
  private last: Kind = 'device';
  private isBusy = false;

  take<T>(kind: Kind, work: () => Promise<T>): Promise<T> {
    const mine = new Promise<T>((resolve, reject) => {
      this.waiting[kind].push(() => work().then(resolve, reject));
    });
    const ended = mine.catch(() => undefined);
    this.unfinished.add(ended);
    void ended.then(() => this.unfinished.delete(ended));
    void this.workOff();
    return mine;
  }

  /** Resolves when all that wait now have had their turn. */
  async idle(): Promise<void> {
    await Promise.all(this.unfinished);
  }

  private async workOff(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let next = this.next(); next; next = this.next()) await next();
    this.isBusy = false;
  }

  private next(): (() => Promise<void>) | undefined {
    const other = this.last === 'whole' ? 'device' : 'whole';
    this.last = this.waiting[other].length > 0 ? other : this.last;
    return this.waiting[this.last].shift();
  }
}
