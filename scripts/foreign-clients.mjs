// Lets clients of others, as they come, talk to the simulator. They are no packages of ours: PYTHON must have
// librouteros, and PHP_CLASS be the file routeros_api.class.php. What is not there is said, and not tried.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const { PYTHON = 'python3', PHP = 'php', PHP_CLASS } = process.env;
const VERSIONS = ['6.49.18', '7.17.2', '7.24'];
const ROOT = join(import.meta.dirname, '..');
const program = (name) => join(ROOT, 'scripts/foreign-clients', name);
const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const clients = [
  {
    name: 'librouteros',
    isThere: runs(PYTHON, '-c', 'import librouteros'),
    command: (port) => [PYTHON, [program('with-librouteros.py'), port]],
  },
  {
    name: 'routeros_api.class.php',
    isThere: PHP_CLASS !== undefined && runs(PHP, '-v'),
    command: (port) => [PHP, [program('with-routeros-api.php'), port, PHP_CLASS]],
  },
];

async function startSimulator(version) {
  const main = join(ROOT, 'dist/src/simulator/main.js');
  const args = ['--port', '0', '--version', version, '--devices', '0'];
  const simulator = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  while (!/API on \S+:\d+\n/.test(said)) said += String(await once(simulator.stdout, 'data'));
  return { simulator, port: /API on \S+:(\d+)/.exec(said)[1] };
}

for (const { name } of clients.filter(({ isThere }) => !isThere)) {
  console.log(`${name} is not here, and was not tried`);
}
for (const version of VERSIONS) {
  for (const { name, command } of clients.filter(({ isThere }) => isThere)) {
    const { simulator, port } = await startSimulator(version);
    console.log(`${name} on RouterOS ${version}`);
    const [program, args] = command(port);
    const { status } = spawnSync(program, args, { stdio: 'inherit', timeout: 60_000 });
    simulator.kill();
    if (status !== 0) process.exitCode = 1;
  }
}
