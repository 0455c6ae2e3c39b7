// Lets compiled modules load what they import when they first use it: a command needs few of the thousand
// modules of the program, and loading them all takes ten times as long as most commands.
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** What TypeScript makes of an import whose names are used; such names end in an underscore and a number. */
const IMPORT = /^const (\w+_\d+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm;

/** What every module uses to load others, and a long-running program to load all of them. */
const LOADER = `"use strict";
const waiting = new Set();
exports.lazy = (load) => {
  let loaded;
  const get = () => {
    if (loaded === undefined) {
      loaded = load();
      waiting.delete(get);
    }
    return loaded;
  };
  waiting.add(get);
  return get;
};
exports.loadAll = () => {
  for (const get of waiting) get();
};
`;
const LOADER_FILE = 'lazy-imports.js';

/**
 * @param root of the compiled program
 * @param folders in it whose files are changed in place
 * @param servers files that load everything at their start as before: a build that replaces the folder later
 *   must not change a running server
 */
export function makeImportsLazy(root, folders, servers) {
  writeFileSync(join(root, LOADER_FILE), LOADER);
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true })) {
      if (!name.endsWith('.js')) continue;
      const file = join(root, folder, name);
      writeFileSync(file, lazyText(readFileSync(file, 'utf8'), loaderFrom(root, file)));
    }
  }
  for (const name of servers) {
    const file = join(root, name);
    appendFileSync(file, `\n${loaderFrom(root, file)}.loadAll();\n`);
  }
}

function loaderFrom(root, file) {
  const path = relative(dirname(file), join(root, LOADER_FILE)).replaceAll('\\', '/');
  return `require("${path.startsWith('.') ? path : `./${path}`}")`;
}

/** Each line stays where it is, so that source maps and stacks keep their lines. */
function lazyText(text, loader) {
  const names = [];
  const declared = text.replaceAll(IMPORT, (_line, name, load) => {
    names.push(name);
    return `const ${name} = ${loader}.lazy(() => ${load});`;
  });
  return names.reduce(
    (code, name) => code.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `(${name}()).`),
    declared,
  );
}
