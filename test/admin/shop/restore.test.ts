import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { PASSWORD, Staff } from '../../support/admin-shop';
import { built } from '../../support/program/built';
import { CliShop, freePort } from '../../support/program/cli-shop';

/** Going back to a backup from the admin: the server restarts with it in its own process. */

jest.setTimeout(90_000);

let shop: CliShop;
let server: ChildProcess;
let origin: string;
let owner: Staff;
let said: string;
let log: string;

beforeEach(async () => {
  shop = CliShop.open();
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  said = '';
  log = '';
  server = spawn(process.execPath, [built('src/main.js')], {
    cwd: shop.folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: 'sqlite:shop.db',
      PORT: port,
      HOST: '127.0.0.1',
      PORTAL_URL: origin,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  server.stderr!.on('data', (piece: Buffer) => (log += piece.toString()));
  server.stdout!.on('data', (piece: Buffer) => (said += piece.toString()));
  while (!said.includes('first-run')) await once(server.stdout!, 'data');
  const token = /token=([\w-]+)/.exec(said)![1]!;
  owner = new Staff(origin);
  await owner.get(`/admin/first-run?token=${token}`);
  await owner.post('/admin/first-run', {
    token,
    name: 'nena',
    password: PASSWORD,
    again: PASSWORD,
  });
  await owner.get('/admin');
});

afterEach(async () => {
  if (server.exitCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  await shop.close();
});

const named = (name: string) => owner.post('/admin/staff', { name, role: 'viewer', password: PASSWORD }); // prettier-ignore

async function opened(times: number): Promise<void> {
  while (log.split('the staff pages are at').length <= times) await once(server.stderr!, 'data');
}

async function backup(): Promise<Blob> {
  const answer = await fetch(`${origin}/admin/backups/download`, {
    method: 'POST',
    headers: { cookie: owner.cookie },
    body: new URLSearchParams({ _csrf: owner.token }),
  });
  return answer.blob();
}

async function restore(word: string, file: Blob, night = ''): Promise<string> {
  const fields = { word, night, file: new File([file], 'monday.db') };
  const answer = await owner.postParts('/admin/backups/restore', fields);
  return answer.status === 303 ? (await owner.get(answer.location!)).text : answer.text;
}

test('the shop goes back to a backup that is uploaded, and what it had is kept', async () => {
  await named('before');
  const file = await backup();
  await named('after');
  await opened(1);

  expect(await restore('yes', file)).toContain('Nothing was restored. Type RESTORE');
  expect(await restore('RESTORE', new Blob(['nothing of ours']))).toContain('is not a database');
  expect(await restore('RESTORE', file, 'pisonet-1999-01-01.db')).toContain('There is no backup');
  expect((await owner.get('/admin/staff')).text).toContain('after');
  expect(existsSync(shop.path('shop.db.restoring'))).toBe(false);

  expect(await restore('RESTORE', file)).toContain('The server restarts now');
  await opened(2);
  const staff = (await owner.get('/admin/staff')).text;
  expect(staff).toContain('Role of before');
  expect(staff).not.toContain('Role of after');
  expect((await owner.get('/admin/audit')).text).toMatch(/backup restored.*monday\.db/s);
  expect(existsSync(shop.path('shop.db.before-restore'))).toBe(true);
  expect(readdirSync(shop.folder).filter((name) => /upload|restoring/.test(name))).toEqual([]);

  server.kill('SIGTERM');
  await once(server, 'exit');
  expect(server.exitCode).toBe(0);
});
