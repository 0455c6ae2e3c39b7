import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

const TIMEOUT_MS = 10_000;

interface Reply {
  done: (lines: string[]) => void;
  failed: (error: Error) => void;
}

/**
 * A real terminal of 80 by 24, by tmux, with a shell in it: a person's view of a program. tmux is driven
 * in its control mode (the manual's section of that name): one process takes all commands, and tells when
 * something came to the screen.
 */
export class Terminal {
  private static opened = 0;
  private readonly socket = `pisonet-test-${process.pid}-${Terminal.opened++}`;
  private readonly tmux: ChildProcessWithoutNullStreams;
  /** Of the commands under way, in the order they were sent. */
  private readonly replies: Reply[] = [];
  /** The reply that is being read, and the words its last line will have. */
  private reading: { guard: string; lines: string[] } | undefined;
  private readonly events = new EventEmitter<{ output: [] }>();
  private outputs = 0;
  /** Before it tmux answers commands, once in a long while, that there is no current target. */
  private readonly attached: Promise<void>;
  private onAttached!: () => void;
  /** Once the shell waits for a command: keys that come before are lost now and then. */
  private readonly prompted: Promise<unknown>;

  private constructor(folder: string, env: Record<string, string>) {
    const words = Object.entries({ PATH: process.env.PATH!, LANG: 'C.UTF-8', PS1: '$ ', ...env });
    const shell = [
      'env',
      '-i',
      'TERM=screen-256color',
      ...words.map((word) => word.join('=')),
      'sh',
    ];
    const size = ['-x', '80', '-y', '24'];
    const session = ['new-session', ...size, '-c', folder, ...shell];
    this.tmux = spawn('tmux', ['-L', this.socket, '-u', '-f', '/dev/null', '-C', ...session]);
    this.attached = new Promise((done) => (this.onAttached = done));
    createInterface({ input: this.tmux.stdout }).on('line', (line) => this.hear(line));
    this.prompted = this.see('$');
  }

  static open(folder: string, env: Record<string, string>): Terminal {
    needTmux();
    return new Terminal(folder, env);
  }

  /** What stands on the screen now; with `colors` as it was sent. */
  async screen({ colors = false } = {}): Promise<string> {
    const lines = await this.command('capture-pane', '-p', ...(colors ? ['-e'] : []));
    return lines.map((line) => `${line}\n`).join('');
  }

  /** Waits until the screen shows this. @throws with the screen when it never does */
  async see(wanted: string | RegExp): Promise<string> {
    return this.until(
      (screen) => (typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)),
      `the terminal never showed ${String(wanted)}`,
    );
  }

  /** As `see`, going on where a long text is cut into pages. @returns all pages */
  async read(wanted: string): Promise<string> {
    const cut = /-- \d+ lines? more: Space or Enter goes on, q stops --/;
    let all = '';
    for (;;) {
      const screen = await this.until(
        (one) => one.includes(wanted) || cut.test(one),
        `no ${wanted}`,
      );
      all += screen;
      if (screen.includes(wanted)) return all;
      this.press('Space');
      await this.seeNoMore(cut.exec(screen)![0]);
    }
  }

  async seeNoMore(unwanted: string): Promise<string> {
    return this.until((screen) => !screen.includes(unwanted), `${unwanted} did not go away`);
  }

  /** Keys by their tmux names: Enter, Down, C-c. */
  press(...keys: string[]): void {
    void this.prompted.then(() => this.command('send-keys', ...keys));
  }

  type(text: string): void {
    void this.prompted.then(() => this.command('send-keys', '-l', text));
  }

  resize(columns: number, rows: number): void {
    void this.command('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Ends the shell, and what runs in it, as when a window is closed; once more does nothing. */
  async close(): Promise<void> {
    if (this.tmux.exitCode !== null) return;
    // Keys pressed just before go first: nobody would read them any more.
    await this.prompted.catch(() => undefined);
    const ended = once(this.tmux, 'exit');
    void this.command('kill-server');
    await ended;
  }

  private async until(holds: (screen: string) => boolean, complaint: string): Promise<string> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    for (;;) {
      const before = this.outputs;
      const screen = await this.screen();
      if (holds(screen)) return screen;
      if (timeout.aborted) throw new Error(`${complaint}:\n${screen}`);
      if (this.outputs > before) continue;
      await once(this.events, 'output', { signal: timeout }).catch(() => undefined);
    }
  }

  private async command(...words: string[]): Promise<string[]> {
    await this.attached;
    const quoted = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`);
    this.tmux.stdin.write(`${quoted.join(' ')}\n`);
    return new Promise((done, failed) => this.replies.push({ done, failed }));
  }

  /** A line of tmux: of a reply, between %begin and %end or %error, or about something that happened. */
  private hear(line: string): void {
    const [word, ...rest] = line.split(' ');
    const guard = rest.join(' ');
    if (this.reading) {
      const { lines } = this.reading;
      const isLast = guard === this.reading.guard && /^%(end|error)$/.test(word!);
      if (!isLast) return void lines.push(line);
      this.reading = undefined;
      const { done, failed } = this.replies.shift()!;
      if (word === '%end') done(lines);
      else failed(new Error(`tmux: ${lines.join(' ')}`));
    } else if (word === '%begin' && guard.endsWith(' 1')) {
      this.reading = { guard, lines: [] }; // 1: a command of ours
    } else if (word === '%session-changed') {
      this.onAttached();
    } else if (word === '%output') {
      this.outputs += 1;
      this.events.emit('output');
    }
  }
}

function needTmux(): void {
  const isThere = () => spawnSync('tmux', ['-V']).status === 0;
  if (isThere()) return;
  if (process.getuid?.() === 0) {
    const install = ['apt-get', 'install', '-y', '-q', 'tmux'];
    spawnSync('env', install, { stdio: 'ignore' });
  }
  if (!isThere()) throw new Error('This test needs tmux: apt-get install tmux');
}
