import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** A PostgreSQL server of the benchmark's own, without fsync, as the tests have it. */
export interface PostgresServer {
  /** As in DATABASE_URL. */
  url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const script = resolve(__dirname, '../../scripts/test-postgres.mjs');
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  const stop = async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
  return { url: address.toString().trim(), stop };
}
