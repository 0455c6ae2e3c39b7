import type { Socket } from 'node:net';
import { RouterOSAPI } from 'node-routeros';

/** What the unmodified package needs just to read every queue with all properties. */

export interface ReadFigures {
  wallMs: number;
  cpuMs: number;
  rows: number;
}

async function main(): Promise<void> {
  const [port, noDelay] = process.argv.slice(2);
  const api = new RouterOSAPI({
    host: '127.0.0.1',
    port: Number(port),
    user: 'admin',
    password: '',
    timeout: 60,
  });
  await api.connect();
  if (noDelay === 'nodelay') {
    (api as unknown as { connector: { socket: Socket } }).connector.socket.setNoDelay(true);
  }
  process.on('message', () => {
    void measure().then((figures) => process.send!(figures));
  });
  process.on('disconnect', () => process.exit());
  process.send!({ ready: true });

  async function measure(): Promise<ReadFigures> {
    const cpuBefore = process.cpuUsage();
    const start = performance.now();
    const rows = (await api.write('/queue/simple/print')) as unknown[];
    const wallMs = performance.now() - start;
    const cpu = process.cpuUsage(cpuBefore);
    return { wallMs, cpuMs: (cpu.user + cpu.system) / 1000, rows: rows.length };
  }
}

void main();
