import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './built';

/**
 * Stands for the machine's service manager: a `systemctl` and a `journalctl` whose service is the real
 * server. Each writes down what environment it was called with.
 */
export class FakeSystemd {
  readonly path: string;

  /**
   * @param environment of the service, as its unit file would set it
   * @param place the service's WorkingDirectory, as it says
   */
  constructor(
    private readonly folder: string,
    environment: Readonly<Record<string, string>>,
    unit = 'pisonet',
    place = folder,
  ) {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    this.path = `${bin}:${process.env.PATH}`;
    const at = {
      bin,
      pid: join(folder, 'service.pid'),
      journal: join(folder, 'journal'),
      refuse: join(folder, 'refuse'),
      called: join(folder, 'called-with'),
    };
    const settings = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
    write(
      join(bin, 'systemctl'),
      `
env >> ${at.called}
pid=$(cat ${at.pid} 2>/dev/null)
grep -q '^State:.[^Z]' /proc/$pid/status 2>/dev/null || pid=
if [ "$2" != ${unit} ]; then echo LoadState=not-found; exit 0; fi
if [ -e ${at.refuse} ] && [ "$1" != show ]; then
  echo "Failed to $1 $2.service: Interactive authentication required." >&2
  exit 1
fi
case "$1" in
show)
  echo LoadState=loaded
  echo WorkingDirectory=${place}
  if [ "$pid" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
  echo MainPID=\${pid:-0} ;;
start)
  cd ${folder}
  env ${settings.join(' ')} ${process.execPath} ${built('src/main.js')} >> ${at.journal} 2>&1 &
  echo $! > ${at.pid} ;;
stop)
  kill $pid
  while grep -q '^State:.[^Z]' /proc/$pid/status 2>/dev/null; do sleep 0.05; done ;;
esac`,
    );
    write(
      join(bin, 'journalctl'),
      `
env >> ${at.called}
if [ -e ${at.refuse} ]; then
  echo 'Hint: You are currently not seeing messages from other users and the system.' >&2
  echo '-- No entries --'
  exit 0
fi
touch ${at.journal}
case " $* " in *" -f "*) exec tail -n 50 -f ${at.journal} ;; *) tail -n 50 ${at.journal} ;; esac`,
    );
  }

  /** From now on the user may only look, and not at the journal. */
  refuse(): void {
    writeFileSync(join(this.folder, 'refuse'), '');
  }

  /** The environments in which systemd's programs were called. */
  get calledWith(): string {
    return readFileSync(join(this.folder, 'called-with'), 'utf8');
  }

  get pid(): number | undefined {
    const file = join(this.folder, 'service.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }
}

function write(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh${script}\n`);
  chmodSync(file, 0o755);
}
