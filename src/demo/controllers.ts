import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInput } from '../errors';

/** In the repository alone: the package has no PostgreSQL. */
const POSTGRES = join(__dirname, '..', '..', '..', 'scripts', 'test-postgres.mjs');
const PROGRAM = join(__dirname, '..', 'main.js');

/** A process of the demo that ends with it. */
export interface DemoProcess {
  pid: number;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server of the demo alone, with empty books.
 * @throws InvalidInput where there is none
 */
export async function startPostgres(): Promise<DemoProcess & { url: string }> {
  if (!existsSync(POSTGRES)) {
    throw new InvalidInput('--postgres works in a clone of the repository, after npm install');
  }
  // Ctrl-C is for the shop: the books have to stay until it has closed them. It ends when its input does.
  const child = spawn(process.execPath, [POSTGRES], {
    ...{ stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  });
  const said = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (!Buffer.isBuffer(said[0])) throw new InvalidInput('The PostgreSQL of the demo did not start');
  const stop = () => {
    child.stdin.end();
    return over(child);
  };
  return { url: said[0].toString().trim(), pid: child.pid!, stop };
}

/** Another program on the same books, as on a second computer. */
export function startController(env: Record<string, string | undefined>): DemoProcess {
  const child = spawn(process.execPath, [PROGRAM], {
    ...{ env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] },
  });
  // However the demo ends.
  process.once('exit', () => child.kill());
  const stop = () => {
    child.kill();
    return over(child);
  };
  return { pid: child.pid!, stop };
}

async function over(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
