import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

// After the last test of the file that imports this: what works in a folder has been stopped by then.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new, empty folder. It is removed with all that is in it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-test-'));
  folders.push(folder);
  return folder;
}
