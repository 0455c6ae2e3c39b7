import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { loadConfig, settingsFile, type RouterConfig } from './config';
import { AppError, InvalidInput } from './errors';
import { say } from './text';

/**
 * Checks settings as the next start will, and writes them where it reads them.
 * @throws InvalidInput with a line for each bad value, AppError when the file cannot be written
 */
export function saveSettings(settings: Readonly<Record<string, string>>): void {
  loadConfig({ ...settings });
  try {
    writeDotEnv(settingsFile(), settings);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = (error as Error).message;
    throw new AppError(say`${settingsFile()} could not be written: ${reason}`, { cause: error });
  }
}

/** Settings the environment sets too, which goes before the file: saving them has no effect. */
export function maskedSettings(names: readonly string[]): string[] {
  return names.filter((name) => process.env[name]);
}

/** The router that settings describe. @throws InvalidInput with a line for each bad value */
export function routerIn(settings: Readonly<Record<string, string>>): RouterConfig | undefined {
  return loadConfig({ ...settings }).router;
}

/**
 * Writes these settings to the file, replacing their old values; every other line and comment stays as it
 * is. The write is atomic, and only the owner may read the file.
 * @throws InvalidInput for a value that the file's format cannot hold
 */
export function writeDotEnv(path: string, settings: Readonly<Record<string, string>>): void {
  let lines = existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : [];
  while (lines.at(-1) === '') lines.pop();
  for (const [name, value] of Object.entries(settings)) {
    const isAbout = new RegExp(`^\\s*(export\\s+)?${name}\\s*=`);
    const at = lines.findIndex((each) => isAbout.test(each));
    const line = `${name}=${quote(name, value, at < 0 ? '' : commentOf(lines[at]!))}`;
    if (at < 0) lines.push(line);
    else lines = lines.flatMap((each, n) => (n === at ? line : isAbout.test(each) ? [] : each));
  }
  const file = behindLinks(path);
  const partial = `${file}.partial`;
  writeFileSync(partial, `${lines.join('\n')}\n`, { mode: 0o600 });
  chmodSync(partial, 0o600); // left by a write that was interrupted
  renameSync(partial, file);
}

/** The comment after a line's value, with the space before it. */
function commentOf(line: string): string {
  const value = /"[^"]*"|'[^']*'|`[^`]*`|[^#"'`][^#]*?|/.source;
  return new RegExp(`^[^=]*=\\s*(?:${value})(\\s*#.*)$`).exec(line)?.[1] ?? '';
}

/** A symbolic link stays a link, even to a file that does not exist yet. */
function behindLinks(path: string, most = 40): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (!isLink || most === 0) return path;
  return behindLinks(resolve(dirname(path), readlinkSync(path)), most - 1);
}

/** In the quotes that the value itself does not contain; the format has no escaping. */
function quote(name: string, value: string, comment: string): string {
  const forms = [value, ...["'", '"', '`'].map((mark) => mark + value + mark)];
  const fitting = forms
    .map((form) => form + comment)
    .find((form) => parseEnv(`${name}=${form}`)[name] === value);
  if (fitting !== undefined && !/[\r\n]/.test(value)) return fitting;
  throw new InvalidInput(say`${name} has characters that ${'.env'} cannot store; choose another`);
}
