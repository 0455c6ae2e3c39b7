// Builds the product into dist/: TypeScript, then the files that TypeScript does not copy.
// `npm ci` runs this through `prepare`; with --if-possible a production-only install, which has no
// compiler, keeps whatever dist/ it was shipped with.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, chmodSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let compiler;
try {
  compiler = require.resolve('typescript/bin/tsc');
} catch {
  if (process.argv.includes('--if-possible')) process.exit(0);
  throw new Error('TypeScript is not installed: run npm ci without --omit=dev');
}
rmSync('dist', { recursive: true, force: true });
const built = spawnSync(process.execPath, [compiler, '-p', '.'], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
for (const folder of ['views', 'public', 'locales', 'hotspot']) {
  if (existsSync(folder)) cpSync(folder, `dist/${folder}`, { recursive: true });
}
// Files of packages that browsers load; some of those packages are not installed in production.
const { VENDOR_FILES } = require('../dist/src/web/vendor-files.js');
for (const [name, source] of Object.entries(VENDOR_FILES)) {
  cpSync(`node_modules/${source}`, `dist/public/vendor/${name}`);
}
chmodSync('dist/cli/main.js', 0o755);
