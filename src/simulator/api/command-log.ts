import { splitPath } from '../menus/shell';

export interface LoggedCommand {
  menu: string;
  command: string;
  words: string[];
}

/** Kept in full; older ones are only counted, so that a simulator may run for weeks. */
const KEPT = 10_000;
const READING = new Set(['print', 'getall', 'get', 'find', 'listen', 'monitor-traffic']);
const TALKING = new Set(['login', 'quit', 'cancel']);

/** Every sentence the API received since the start or the last `clear`, in order. */
export class CommandLog {
  /** The newest ones. */
  readonly commands: LoggedCommand[] = [];
  count = 0;

  record(words: string[]): void {
    this.count += 1;
    this.commands.push({ ...splitPath(words[0] ?? ''), words });
    if (this.commands.length > KEPT) this.commands.shift();
  }

  /** Those that may have changed something. */
  get writes(): LoggedCommand[] {
    return this.commands.filter(
      ({ menu, command }) => !READING.has(command) && !(menu === '/' && TALKING.has(command)),
    );
  }

  clear(): void {
    this.commands.length = 0;
    this.count = 0;
  }
}
