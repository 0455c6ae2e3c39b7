/** The machine's service manager, systemd, where the server was installed as one of its services. */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { AppError, NotAllowed } from '../../src/errors';
import { isSimulated, namedService } from '../shell/settings';
import { say } from '../../src/text';

/** The program that shows the logs of services. */
export const JOURNAL = 'journalctl';
const USUAL_NAME = 'pisonet';
const PROPERTIES = ['LoadState', 'ActiveState', 'MainPID', 'WorkingDirectory'];
const RUNNING = ['active', 'reloading', 'activating'];

/** The server as a service of this machine. */
export interface Service {
  unit: string;
  runs: boolean;
  /** `undefined` while there is no process. */
  pid: number | undefined;
}

/** How another program ended. */
interface Ending {
  code: number;
  out: string;
  err: string;
}

/**
 * The service that runs this shop's server; `undefined` if none is installed or there is no systemd. A
 * service of the usual name that works in another folder belongs to another shop.
 */
export async function installedService(): Promise<Service | undefined> {
  if (isSimulated()) return undefined;
  const named = namedService();
  const unit = named ?? USUAL_NAME;
  const said = await ask('systemctl', ['show', unit, `--property=${PROPERTIES.join(',')}`]);
  if (said?.code !== 0) return undefined;
  const found = new Map(
    said.out.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    }),
  );
  if (found.get('LoadState') !== 'loaded') return undefined;
  if (named === undefined && !isHere(found.get('WorkingDirectory'))) return undefined;
  const runs = RUNNING.includes(found.get('ActiveState') ?? '');
  const pid = Number(found.get('MainPID')) || undefined;
  return { unit, runs, pid: runs ? pid : undefined };
}

/** @throws NotAllowed with what to type instead, AppError with what systemd says */
export async function tellService(verb: 'start' | 'stop', unit: string): Promise<void> {
  const said = await ask('systemctl', [verb, unit, '--no-ask-password']);
  if (said?.code === 0) return;
  const reason = firstLine(said?.err ?? '');
  if (/denied|authenti|permi|privilege/i.test(reason)) {
    throw new NotAllowed(
      say`This user may not ${verb} the service ${unit}. Type: sudo systemctl ${verb} ${unit}`,
    );
  }
  throw new AppError(
    say`systemd did not ${verb} the service ${unit}: ${reason || 'it does not say why'}`,
  );
}

/** Arguments of `journalctl` to show a service's last lines, as the server wrote them. */
export function journalArgs(unit: string, lines: number): string[] {
  return ['-u', unit, '-n', String(lines), '-o', 'cat', '--no-pager'];
}

/** Lines of the service's log. @throws NotAllowed with what to type instead */
export async function journal(unit: string, lines: number): Promise<string[]> {
  const said = await ask(JOURNAL, journalArgs(unit, lines));
  const found =
    said?.out.split('\n').filter((line) => line !== '' && !line.startsWith('-- ')) ?? [];
  if (said?.code === 0 && (found.length > 0 || !isRefusal(said.err))) return found;
  throw journalRefused(unit, said?.err ?? 'there is no journalctl');
}

/** Why the log of a service cannot be shown. @param err what `journalctl` said */
export function journalRefused(unit: string, err: string): AppError {
  if (!isRefusal(err))
    return new AppError(say`The log of ${unit} cannot be shown: ${firstLine(err)}`);
  return new NotAllowed(
    say`This user may not read the log of the service ${unit}. Type: sudo journalctl -u ${unit} -f`,
  );
}

/** It succeeds without a line if somebody may read only their own. */
function isRefusal(err: string): boolean {
  return /permission|not seeing messages|access denied/i.test(err);
}

function isHere(folder: string | undefined): boolean {
  if (!folder) return false; // systemd starts services in `/`, which is no shop's folder
  try {
    return realpathSync(folder.replace(/^[!-]/, '')) === realpathSync('.');
  } catch {
    return false;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

/** What systemd's programs need; our settings, with the router's password among them, are not passed on. */
const HELPED_BY = ['PATH', 'HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

/** The environment of a program that is not ours. */
export function helperEnvironment(): NodeJS.ProcessEnv {
  const kept = HELPED_BY.map((name) => [name, process.env[name]] as const);
  return { ...Object.fromEntries(kept), LC_ALL: 'C', SYSTEMD_COLORS: '0' };
}

/** `undefined` if that program is not on this machine. */
function ask(program: string, words: readonly string[]): Promise<Ending | undefined> {
  return new Promise((tell) => {
    execFile(
      program,
      words,
      { env: helperEnvironment(), timeout: 60_000, maxBuffer: 2 ** 26 },
      (error, out, err) => {
        if (!error) return tell({ code: 0, out, err });
        tell(typeof error.code === 'number' ? { code: error.code, out, err } : undefined);
      },
    );
  });
}
