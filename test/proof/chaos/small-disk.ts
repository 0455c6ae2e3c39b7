import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PIECE = Buffer.alloc(64 * 1024);

/** A disk in memory which is soon full. Mounting takes the rights of root. */
export class SmallDisk {
  private readonly unmounts = () => this.unmount();

  private constructor(private readonly folder: string) {
    process.once('exit', this.unmounts);
  }

  /** @param folder an empty one @returns `undefined` where nothing may be mounted */
  static at(folder: string, megabytes: number): SmallDisk | undefined {
    try {
      const size = `size=${megabytes}m,mode=0700`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    return new SmallDisk(folder);
  }

  /** Leaves not one byte of room. */
  fill(): void {
    for (const piece of [PIECE, PIECE.subarray(0, 4_096)]) {
      try {
        for (;;) appendFileSync(this.filler, piece);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  empty(): void {
    rmSync(this.filler, { force: true });
  }

  /** The folder is there again, and empty. */
  unmount(): void {
    process.off('exit', this.unmounts);
    // What still has a file open there keeps it, and nobody else finds it.
    execFileSync('umount', ['--lazy', this.folder]);
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }
}
