import { execFileSync, spawnSync } from 'node:child_process';

const TIMEOUT_MS = 10_000;
const LOOK_MS = 50;

/** A real terminal of 80 by 24, by tmux, with a shell in it: a person's view of a program. */
export class Terminal {
  private static opened = 0;
  private readonly socket = `pisonet-test-${process.pid}-${Terminal.opened++}`;

  private constructor() {}

  static open(folder: string, env: Record<string, string>): Terminal {
    needTmux();
    const terminal = new Terminal();
    const words = Object.entries({ PATH: process.env.PATH!, LANG: 'C.UTF-8', PS1: '$ ', ...env });
    terminal.tmux(
      ...['-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', '-c', folder],
      ...['env', '-i', 'TERM=screen-256color', ...words.map(([name, value]) => `${name}=${value}`)],
      'sh',
    );
    return terminal;
  }

  /** What stands on the screen now; with `colors` as it was sent. */
  screen({ colors = false } = {}): string {
    return this.tmux('capture-pane', '-p', ...(colors ? ['-e'] : []));
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
    this.tmux('send-keys', ...keys);
  }

  type(text: string): void {
    this.tmux('send-keys', '-l', text);
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  close(): void {
    this.tmux('kill-server');
  }

  private async until(holds: (screen: string) => boolean, complaint: string): Promise<string> {
    const end = Date.now() + TIMEOUT_MS;
    for (;;) {
      const screen = this.screen();
      if (holds(screen)) return screen;
      if (Date.now() > end) throw new Error(`${complaint}:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  private tmux(...words: string[]): string {
    return execFileSync('tmux', ['-L', this.socket, ...words], { encoding: 'utf8' });
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
