/** The rows of one menu, in the order the router keeps them. */

export type Values = Record<string, string>;

/** One row: its configured values as text, and the simulator's own state of it. */
export class Entry<S = unknown> {
  /** Grows along the table; compare two entries with it instead of searching the list. */
  order = 0;

  constructor(
    /** `*1A`; never given to another row, as on a router. */
    readonly id: string,
    public values: Values,
    readonly state: S,
  ) {}

  get name(): string {
    return this.values['name'] ?? '';
  }

  flag(property: string): boolean {
    return this.values[property] === 'true';
  }
}

/** Hears of each row that is new, changed or moved, and of each that is gone. */
export type TableListener<S> = (entry: Entry<S>, isGone: boolean) => void;

export class Table<S = undefined> implements Iterable<Entry<S>> {
  private readonly list: Entry<S>[] = [];
  private readonly byId = new Map<string, Entry<S>>();
  private readonly byName = new Map<string, Entry<S>[]>();
  private readonly listeners = new Set<TableListener<S>>();
  private lastNumber = 0;

  get size(): number {
    return this.list.length;
  }

  [Symbol.iterator](): Iterator<Entry<S>> {
    return this.list[Symbol.iterator]();
  }

  first(): Entry<S> | undefined {
    return this.list[0];
  }

  get(id: string): Entry<S> | undefined {
    return this.byId.get(id.toUpperCase());
  }

  /** Every row of that name: two hotspot users may share one on different servers. */
  named(name: string): readonly Entry<S>[] {
    return this.byName.get(name) ?? [];
  }

  has(entry: Entry<S>): boolean {
    return this.byId.get(entry.id) === entry;
  }

  /** @returns what ends it */
  listen(listener: TableListener<S>): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Adds at the end, or before a row. */
  add(values: Values, state: S, before?: Entry<S>): Entry<S> {
    this.lastNumber += 1;
    const id = `*${this.lastNumber.toString(16).toUpperCase()}`;
    const entry = new Entry(id, values, state);
    this.byId.set(id, entry);
    this.indexName(entry);
    this.place(entry, before);
    this.tell(entry);
    return entry;
  }

  update(entry: Entry<S>, values: Values): void {
    this.dropName(entry);
    entry.values = values;
    this.indexName(entry);
    this.tell(entry);
  }

  remove(entry: Entry<S>): void {
    this.byId.delete(entry.id);
    this.dropName(entry);
    this.list.splice(this.list.indexOf(entry), 1);
    this.tell(entry, true);
  }

  /** Moves before a row, or to the end. */
  move(entry: Entry<S>, before?: Entry<S>): void {
    if (before === entry) return;
    this.list.splice(this.list.indexOf(entry), 1);
    this.place(entry, before);
    this.tell(entry);
  }

  private tell(entry: Entry<S>, isGone = false): void {
    for (const listener of this.listeners) listener(entry, isGone);
  }

  private place(entry: Entry<S>, before?: Entry<S>): void {
    const index = before ? this.list.indexOf(before) : this.list.length;
    const above = this.list[index - 1]?.order ?? 0;
    const below = before?.order ?? above + 2;
    entry.order = (above + below) / 2;
    this.list.splice(index, 0, entry);
    // Halving runs out of digits after some fifty insertions at one spot.
    if (entry.order <= above || entry.order >= below) {
      this.list.forEach((each, position) => (each.order = position + 1));
    }
  }

  private indexName(entry: Entry<S>): void {
    const same = this.byName.get(entry.name);
    if (same) same.push(entry);
    else this.byName.set(entry.name, [entry]);
  }

  private dropName(entry: Entry<S>): void {
    const same = this.byName.get(entry.name) ?? [];
    if (same.length <= 1) this.byName.delete(entry.name);
    else same.splice(same.indexOf(entry), 1);
  }
}
