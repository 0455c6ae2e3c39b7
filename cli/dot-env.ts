import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { InvalidInput } from '../src/errors';

/**
 * Puts these settings into the file, in place of what they were; every other line and every comment
 * stays as it is. The file is there whole at any moment, and only its owner may read it.
 * @throws InvalidInput for a value that the file's format cannot hold
 */
export function writeDotEnv(path: string, settings: Readonly<Record<string, string>>): void {
  let lines = existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : [];
  while (lines.at(-1) === '') lines.pop();
  for (const [name, value] of Object.entries(settings)) {
    const line = `${name}=${quote(name, value)}`;
    const isAbout = new RegExp(`^\\s*(export\\s+)?${name}\\s*=`);
    const at = lines.findIndex((each) => isAbout.test(each));
    if (at < 0) lines.push(line);
    else lines = lines.flatMap((each, n) => (n === at ? line : isAbout.test(each) ? [] : each));
  }
  const partial = `${path}.partial`;
  writeFileSync(partial, `${lines.join('\n')}\n`, { mode: 0o600 });
  chmodSync(partial, 0o600); // it may have been there, from a write that did not come to its end
  renameSync(partial, path);
}

/** In the quotes that the value itself does not hold; the format has no escaping. */
function quote(name: string, value: string): string {
  const forms = [value, ...["'", '"', '`'].map((mark) => mark + value + mark)];
  const fitting = forms.find((form) => parseEnv(`${name}=${form}`)[name] === value);
  if (fitting !== undefined && !/[\r\n]/.test(value)) return fitting;
  throw new InvalidInput(`${name} holds characters that ${'.env'} cannot keep; choose another`);
}
