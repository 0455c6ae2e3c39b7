import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { freePort } from '../support/peers/free-port';
import { formsOf } from '../support/program/shop-server';
import { built } from '../support/program/built';
import { temporaryFolder } from '../support/temporary-folder';
import { PostgresProcess } from '../proof/chaos/postgres-process';

/** PostgreSQL goes away from a program on which nobody has opened a page of the staff yet. */

jest.setTimeout(120_000);

let books: PostgresProcess;
let program: ChildProcess;
let port: string;
let log = '';

beforeEach(async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755); // PostgreSQL runs as a user of its own
  books = await PostgresProcess.start(`${folder}/books`);
  port = await freePort();
  log = '';
  program = spawn(process.execPath, [built('src/main.js')], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, DATABASE_URL: books.url, PORT: port, HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [program.stdout!, program.stderr!]) {
    stream.on('data', (part: Buffer) => (log += part.toString()));
  }
  await answered('/readyz', () => log.includes('/admin/first-run?token='));
});

afterEach(async () => {
  const ended = program.exitCode === null ? once(program, 'exit') : undefined;
  program.kill('SIGTERM');
  await ended;
  await books.end();
});

interface Answer {
  status: number | undefined;
  text: string;
}

/** @returns no status from a program that has ended */
async function ask(path: string): Promise<Answer> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: undefined, text: '' };
  }
}

/** Asks until the answer is as expected, while the program lives. */
async function answered(path: string, isExpected: (answer: Answer) => boolean): Promise<void> {
  while (!isExpected(await ask(path))) {
    if (program.exitCode !== null) throw new Error(`the program ended: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The owner makes the first account, and opens the first page: its session is stored and read. */
async function signedIn(): Promise<Response> {
  const origin = `http://127.0.0.1:${port}`;
  const [path] = /\/admin\/first-run\?token=\S+/.exec(log)!;
  const page = await fetch(`${origin}${path}`);
  const [form] = formsOf(await page.text());
  const password = 'correct horse battery';
  const made = await fetch(`${origin}${form!.action}`, {
    method: 'POST',
    body: new URLSearchParams({ ...form!.fields, name: 'tess', password, again: password }),
    headers: { cookie: cookieOf(page) },
    redirect: 'manual',
  });
  expect(made.status).toBe(303);
  return fetch(`${origin}/admin`, { headers: { cookie: cookieOf(made) }, redirect: 'manual' });
}

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

test('the pages of the staff say so, the program lives, and all is well once it is back', async () => {
  await books.obey('stop');
  // Nobody is signed in, so the first leads to the second.
  expect((await ask('/admin')).status).toBe(303);
  const { status, text } = await ask('/admin/sign-in');
  expect(status).toBe(503);
  expect(text).toMatch(/database/i);
  await answered('/readyz', ({ status }) => status === 503);
  expect((await ask('/admin')).status).toBe(303);
  await books.obey('start');
  await answered('/readyz', ({ status }) => status === 200);
  expect((await signedIn()).status).toBe(200);
  expect(program.exitCode).toBeNull();
  expect(log).not.toContain('nobody waited for');
});
