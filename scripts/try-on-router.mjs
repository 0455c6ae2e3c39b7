// `node scripts/try-on-router.mjs --help`: tries this program on a router that is nobody's, and writes a report to send
// us. What it does is in cli/trial; it needs a build.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../dist/cli/trial/main.js');
if (existsSync(MAIN)) {
  const { main } = createRequire(import.meta.url)(MAIN);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error('This needs a build first: npm ci && npm run build');
  process.exitCode = 1;
}
