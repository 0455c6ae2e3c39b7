import { Table } from './table';

/** Lines the router keeps in memory, as many as a real one. */
const KEPT_LINES = 1000;

/** The router's own log, as `/log` shows it. */
export class RouterLog {
  readonly lines = new Table<{ readonly at: number }>();

  constructor(private readonly now: () => number) {}

  write(topics: string, message: string): void {
    this.lines.add({ topics, message, buffer: 'memory' }, { at: this.now() });
    if (this.lines.size > KEPT_LINES) this.lines.remove(this.lines.first()!);
  }

  clear(): void {
    for (const line of [...this.lines]) this.lines.remove(line);
  }
}
