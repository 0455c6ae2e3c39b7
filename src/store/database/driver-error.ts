import { AppError } from '../../errors';
import { say } from '../../text';

/** What is left of an error of the driver for SQLite behind the border of a thread. */
interface DriverFailure {
  code?: string | undefined;
  message: string;
}

/** `code` without the details that SQLite adds to it, which stand in the text. */
export function driverError({ code, message }: DriverFailure): Error {
  if (code === 'ERR_DLOPEN_FAILED') {
    return new AppError(
      say`SQLite was compiled for another version of Node.js, or for another computer. Run "npm rebuild better-sqlite3" in the folder of the program`,
      { cause: new Error(message) },
    );
  }
  // The driver looks for it in a dozen places, and names them all.
  if (message.startsWith('Could not locate the bindings file')) {
    return new AppError(
      say`SQLite is not there for this computer. Install a compiler (on Debian: apt install build-essential python3) and run "npm rebuild better-sqlite3" in the folder of the program`,
      { cause: new Error(message) },
    );
  }
  if (!code?.startsWith('SQLITE_')) return Object.assign(new Error(message), { code });
  const primary = code.split('_', 2).join('_');
  return Object.assign(new Error(`${code}: ${message}`), { code: primary });
}
