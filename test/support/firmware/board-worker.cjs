const { connect } = require('node:net');
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { parentPort, workerData } = require('node:worker_threads');

/** MicroPython in a thread of its own, with the firmware's files and a network. See board.ts. */

const FOLDERS = ['coinbox', 'tests'];
const LONGEST_WAIT_MS = 40_000;

/** What the box asked the server, as it went over the wire. */
const requests = [];
/** Where the server is; `undefined` while the line is cut. */
let port;
const lines = new Set();

/** A connection whose read never waits. */
function link() {
  let got = Buffer.alloc(0);
  let isOver = false;
  let isBroken = port === undefined;
  const socket = isBroken ? undefined : connect(port, '127.0.0.1');
  socket?.on('data', (data) => (got = Buffer.concat([got, data])));
  socket?.on('end', () => (isOver = true));
  socket?.on('error', () => (isBroken = true));
  const line = {
    write(hex) {
      const data = Buffer.from(hex, 'hex');
      requests.push(data.toString('latin1'));
      socket?.write(data);
    },
    read(size) {
      if (isBroken) return 'error';
      if (got.length === 0) return isOver ? '' : 'wait';
      const part = got.subarray(0, size);
      got = got.subarray(size);
      return part.toString('hex');
    },
    close() {
      lines.delete(line);
      socket?.destroy();
    },
    cut() {
      isBroken = true;
      socket?.destroy();
    },
  };
  lines.add(line);
  return line;
}

async function start() {
  const { loadMicroPython } = await import(pathToFileURL(workerData.micropython));
  const printed = [];
  const python = await loadMicroPython({ stdout: (line) => printed.push(line), linebuffer: true });
  python.FS.mkdir('/firmware');
  for (const folder of FOLDERS) {
    python.FS.mkdir(`/firmware/${folder}`);
    for (const name of readdirSync(join(workerData.firmware, folder))) {
      if (!name.endsWith('.py')) continue;
      const text = readFileSync(join(workerData.firmware, folder, name));
      python.FS.writeFile(`/firmware/${folder}/${name}`, text);
    }
  }
  python.registerJsModule('sim', { connect: link });
  python.runPython('import sys, json\nsys.path[:0] = ["/firmware", "/firmware/tests"]');

  const run = (code) => {
    printed.length = 0;
    try {
      python.runPython(code);
    } catch (error) {
      throw new Error([...printed, error.message].join('\n'));
    }
  };
  const value = (expression) => {
    run(`answer = json.dumps(${expression})`);
    return JSON.parse(python.globals.get('answer'));
  };
  return {
    run: ({ code }) => run(code),
    value: ({ expression }) => value(expression),
    network: (to) => {
      port = to.port;
      if (port === undefined) for (const line of lines) line.cut();
    },
    requests: () => requests,
    async until({ expression, turn }) {
      const end = performance.now() + LONGEST_WAIT_MS;
      while (!value(expression)) {
        if (performance.now() > end) throw new Error(`It never was so: ${expression}`);
        run(turn);
        await new Promise(setImmediate);
      }
    },
  };
}

const started = start();
parentPort.on('message', async ({ id, what, ...order }) => {
  try {
    const board = await started;
    parentPort.postMessage({ id, value: await board[what](order) });
  } catch (error) {
    parentPort.postMessage({ id, error: error.message });
  }
});
