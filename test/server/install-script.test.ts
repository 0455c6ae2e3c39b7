import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder';

/** `deploy/install.sh` on a system whose users, packages and services are only written down. */

const SCRIPT = resolve('deploy/install.sh');

let system: string;
let folder: string;
beforeEach(() => {
  system = temporaryFolder();
  folder = join(system, 'opt', 'pisonet');
  mkdirSync(join(system, 'bin'));
  mkdirSync(join(system, 'units'));
  for (const command of ['useradd', 'npm', 'chown', 'systemctl']) fake(command, 'exit 0');
  fake('id', '[ "$1" != -u ] || { echo 0; exit 0; }; exit 1');
});

function fake(command: string, answer: string): void {
  const file = join(system, 'bin', command);
  writeFileSync(file, `#!/bin/sh\necho "${command} $*" >>'${join(system, 'done')}'\n${answer}\n`);
  chmodSync(file, 0o755);
}

function install(...words: string[]) {
  const env = { ...process.env, PATH: `${join(system, 'bin')}:${process.env.PATH}` };
  const where = ['--folder', folder, '--units', join(system, 'units')];
  return spawnSync('sh', [SCRIPT, ...where, ...words], { env, encoding: 'utf8' });
}

const done = () => readFileSync(join(system, 'done'), 'utf8');

test('a computer gets the program, a user without rights, and a service that starts with it', () => {
  const { status, stderr, stdout } = install();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`cd ${folder} && sudo -u pisonet ./pisonet setup`);
  for (const name of [
    'dist/cli/main.js',
    'dist/src/main.js',
    'package-lock.json',
    'pisonet',
    'profiles.json',
  ]) {
    // prettier-ignore
    expect(existsSync(join(folder, name))).toBe(true);
  }
  expect(statSync(join(folder, 'data')).mode & 0o077).toBe(0);
  expect(done()).toMatch(/useradd --system .* pisonet\n/);
  expect(done()).toContain('npm ci --omit=dev');
  expect(done()).toMatch(/systemctl daemon-reload\nsystemctl enable --now pisonet\n$/);
  const unit = readFileSync(join(system, 'units', 'pisonet.service'), 'utf8');
  expect(unit).toContain(`WorkingDirectory=${folder}\n`);
  expect(unit).toContain(`ReadWritePaths=${folder}\n`);
  expect(unit).toMatch(/^ExecStart=\/\S*node .*dist\/src\/main.js$/m);
});

test('a newer version leaves settings, plans and books as they are', () => {
  install();
  for (const name of ['.env', 'profiles.json', 'data/pisonet.db']) {
    writeFileSync(join(folder, name), 'mine');
  }
  writeFileSync(join(folder, 'dist', 'of-before'), '');
  fake('id', '[ "$1" != -u ] || { echo 0; exit 0; }; exit 0');
  writeFileSync(join(system, 'done'), '');
  expect(install()).toMatchObject({ status: 0, stderr: '' });
  for (const name of ['.env', 'profiles.json', 'data/pisonet.db']) {
    expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
  }
  expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  expect(existsSync(join(folder, 'dist', 'of-before'))).toBe(false);
  expect(done()).not.toContain('useradd');
  expect(done()).toContain('systemctl stop pisonet');
});

test('who is not root, and who only asks what it would do, changes nothing', () => {
  const asked = install('--dry-run');
  expect(asked.status).toBe(0);
  expect(asked.stdout).toContain('npm ci --omit=dev');
  fake('id', 'echo 1000');
  expect(install()).toMatchObject({ status: 1, stderr: expect.stringContaining('Only root') });
  expect(existsSync(folder)).toBe(false);
});
