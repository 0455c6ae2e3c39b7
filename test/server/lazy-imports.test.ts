import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder';

/** Compiled modules load others when they first use them; a server loads all of them at its start. */

const folder = temporaryFolder();
const SCRIPT = pathToFileURL(join(__dirname, '..', '..', 'scripts', 'lazy-imports.mjs')).href;

function node(...words: string[]): string[] {
  return execFileSync(process.execPath, words, { encoding: 'utf8' }).trim().split('\n');
}

/** As TypeScript compiles them; each says when it is loaded. */
function compiled(name: string, text: string): void {
  mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
  const load = `console.log(${JSON.stringify(name)});`;
  writeFileSync(join(folder, 'src', name), `"use strict";\n${load}\n${text}\n`);
}

beforeEach(() => {
  compiled('deep/base.js', 'exports.Base = class { name() { return "base"; } };');
  compiled('never.js', 'exports.never = () => "never";');
  compiled(
    'used.js',
    `const base_1 = require("./deep/base");
exports.Used = class extends base_1.Base { name() { return super.name() + " used"; } };`,
  );
  const main = `const used_1 = require("./used");
const never_1 = require("./never");
console.log("begins");
console.log(new used_1.Used().name());
exports.later = () => (0, never_1.never)();`;
  compiled('main.js', main);
  compiled('server.js', main);
  const make = `makeImportsLazy(${JSON.stringify(folder)}, ['src'], ['src/server.js'])`;
  const run = `import(${JSON.stringify(SCRIPT)}).then(({ makeImportsLazy }) => ${make})`;
  node('-e', run);
});

test('a command loads what it uses, when it uses it', () => {
  expect(node(join(folder, 'src', 'main.js'))).toEqual([
    ...['main.js', 'begins', 'used.js', 'deep/base.js', 'base used'],
  ]);
});

test('a server has loaded everything once it runs', () => {
  expect(node(join(folder, 'src', 'server.js'))).toEqual([
    ...['server.js', 'begins', 'used.js', 'deep/base.js', 'base used', 'never.js'],
  ]);
});
