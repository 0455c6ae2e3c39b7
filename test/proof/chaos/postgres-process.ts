import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { resolve } from 'node:path';

const SCRIPT = resolve(__dirname, '../../../scripts/test-postgres.mjs');

/** A PostgreSQL server which can be crashed, stopped and started. */
export class PostgresProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: Interface,
    /** For DATABASE_URL. */
    readonly url: string,
  ) {}

  /** @param folder an empty one */
  static async start(folder: string): Promise<PostgresProcess> {
    const child = spawn(process.execPath, [SCRIPT, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [url] = (await Promise.race([
      once(lines, 'line'),
      once(lines, 'close').then(() => Promise.reject(new Error('PostgreSQL did not start'))),
    ])) as [string];
    return new PostgresProcess(child, lines, url);
  }

  /** @param order `crash` is as if the power went, for the program alone; `start` does nothing while it runs */
  async obey(order: 'crash' | 'stop' | 'start'): Promise<void> {
    const answered = once(this.lines, 'line') as Promise<[string]>;
    this.child.stdin!.write(`${order}\n`);
    const [answer] = await answered;
    if (answer !== 'done') throw new Error(`PostgreSQL did not ${order}`);
  }

  async end(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.stdin!.end();
    await ended;
  }
}
