import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * An empty folder for each test of a file, or of the `describe` it is called in. They are removed after the
 * last of these tests: jest runs hooks in the order they are written, and what works in a folder must be
 * stopped before.
 * @returns tells the path of the present one
 */
export function temporaryFolder(): () => string {
  const folders: string[] = [];
  beforeEach(() => {
    folders.push(mkdtempSync(join(tmpdir(), 'pisonet-test-')));
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => folders.at(-1)!;
}
