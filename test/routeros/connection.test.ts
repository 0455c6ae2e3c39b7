import { systemClock, type Timers } from '../../src/clock';
import { PISONET } from '../../src/command-line';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { RouterRefused, RouterUnreachable } from '../../src/errors';
import { RouterClient } from '../../src/routeros/api/client';
import {
  ApiConnection,
  CommandTimeout,
  LineReplaced,
  RouterBusy,
} from '../../src/routeros/api/connection';
import type { RouterAddress } from '../../src/routeros/api/dial';
import { encodeSentence, SentenceDecoder } from '../../src/routeros/api/codec';
import { isSuspect, SILENCE, type LineSigns } from '../../src/routeros/api/silent-line';
import { REPLY_LIMITS } from '../../src/routeros/api/reply-limits';
import { isTrap, Trap } from '../../src/routeros/api/trap';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { LineClock } from '../support/line-clock';
import { ManualClock } from '../support/manual-clock';
import { CERTIFICATE, KEY, OTHER_CERTIFICATE, OTHER_KEY } from '../support/peers/certificates';

const LIMITS = {
  connectMs: 500,
  loginMs: 500,
  commandMs: 300,
  longMs: 300,
  inFlight: 8,
  queued: 100,
  queuedMs: 1_000,
};
/** In a thread of its own: says `!done` at once to whatever is asked, one command after the other. */
const PROMPT_ROUTER = `
const { createServer } = require('node:net');
const { parentPort } = require('node:worker_threads');
const word = (text) => String.fromCharCode(text.length) + text;
const server = createServer((socket) => {
  let commands = 0;
  socket.on('data', () => socket.write(word('!done') + word('.tag=' + ++commands) + '\\0'));
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;
const asIs = { read: (row: Record<string, string | undefined>) => row };

let line: LineClock;
beforeEach(() => (line = new LineClock()));

const open: { close?: () => void; stop?: () => unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) {
    one.close?.();
    await one.stop?.();
  }
});

async function router(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await Simulator.start({ line, ...options });
  open.push(simulator);
  return simulator;
}

async function dial(
  port: number,
  how: Partial<RouterAddress> = {},
  limits = LIMITS,
  clock: Timers = line,
): Promise<ApiConnection> {
  const address = { host: '127.0.0.1', port, username: 'admin', password: '', tls: 'off' as const };
  const connection = await ApiConnection.open({ ...address, ...how }, limits, clock);
  open.push(connection);
  return connection;
}

async function plainServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('what the operator reads when the router cannot be used', () => {
  test("a wrong password: the router's own words, as a refusal", async () => {
    const { port } = await router({ password: 'right' });
    const error: unknown = await dial(port, { password: 'wrong' }).catch(
      (reason: unknown) => reason,
    );
    expect(isTrap(error, 'auth')).toBe(true);
    expect(String(error)).toContain('invalid user name or password');
    expect(String(error)).toContain(`set them again with: ${PISONET} router configure`);
    expect(String(error)).not.toContain('wrong');
  });

  test('a refused port: the address, and which service to enable', async () => {
    const port = await closedPort();
    await expect(dial(port)).rejects.toThrow(`Nothing listens at 127.0.0.1:${port}`);
  });

  test('accepted and hung up: where to look on the router', async () => {
    const simulator = await router();
    simulator.faults.refuseConnections = 'accept-then-close';
    await expect(dial(simulator.port)).rejects.toThrow(
      /accepted the call and hung up.*max-sessions/,
    );
  });

  test('accepted and silent: given up in time', async () => {
    const simulator = await router();
    simulator.faults.refuseConnections = 'accept-and-silent';
    await expect(dial(simulator.port)).rejects.toBeInstanceOf(RouterUnreachable);
  });

  test('more sessions than the router allows', async () => {
    const simulator = await router();
    simulator.faults.maxSessions = 1;
    await dial(simulator.port);
    await expect(dial(simulator.port)).rejects.toThrow(/max-sessions/);
  });

  test('something that is no router: said so, and nothing hangs', async () => {
    const port = await plainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(dial(port)).rejects.toBeInstanceOf(RouterUnreachable);
    const garbage = await plainServer((socket) => socket.write(Buffer.from([0xff, 0xff, 0xff])));
    await expect(dial(garbage)).rejects.toThrow('does not speak the RouterOS API');
  });

  test('TLS to a plain port, and plain to a TLS port', async () => {
    const plain = await router();
    await expect(dial(plain.port, { tls: 'on' })).rejects.toThrow('is the plain API');
    const secure = await router({ tls: { cert: CERTIFICATE, key: KEY } });
    await expect(dial(secure.port)).rejects.toThrow('speaks TLS');
  });
});

describe('TLS', () => {
  test('a certificate is shown, pinned, and another one is refused', async () => {
    const first = await router({ tls: { cert: CERTIFICATE, key: KEY } });
    const { fingerprint } = await dial(first.port, { tls: 'on' });
    expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    await dial(first.port, { tls: 'on', fingerprint });

    const other = await router({ tls: { cert: OTHER_CERTIFICATE, key: OTHER_KEY } });
    await expect(dial(other.port, { tls: 'on', fingerprint })).rejects.toThrow(
      'another certificate',
    );
  });

  test('anonymous TLS is only used when asked for', async () => {
    const tls = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2', dhparam: 'auto' } as const;
    const { port } = await router({ tls });
    await expect(dial(port, { tls: 'on' })).rejects.toThrow('MIKROTIK_USE_SSL');
    const connection = await dial(port, { tls: 'anonymous' });
    const { rows } = await connection.send(['/system/identity/print', '=.proplist=name'], asIs);
    expect(rows).toEqual([{ name: 'MikroTik' }]);
  });
});

describe('commands', () => {
  test('ninety at once each get their own answer, few of them on the wire', async () => {
    const simulator = await router();
    const connection = await dial(simulator.port);
    const names = Array.from({ length: 90 }, (_, n) => `q${n}`);
    await Promise.all(
      names.map((name, n) =>
        connection.send(['/queue/simple/add', `=name=${name}`, `=target=10.0.0.${n}`], asIs),
      ),
    );
    const rows = await Promise.all(
      names.map((name) =>
        connection.send(['/queue/simple/print', '=.proplist=name', `?name=${name}`], asIs),
      ),
    );
    expect(rows.map((reply) => reply.rows)).toEqual(names.map((name) => [{ name }]));
  });

  test('questions of pages wait for all others, and only a little while', async () => {
    const simulator = await router();
    const connection = await dial(simulator.port);
    simulator.faults.commandMs = 2;
    simulator.log.clear();
    const ask = (name: string, lane: 'work' | 'page') =>
      connection.send(['/queue/simple/print', `?name=${name}`], { ...asIs, lane });
    const work = Array.from({ length: 30 }, () => ask('work', 'work'));
    const pages = await Promise.allSettled(Array.from({ length: 20 }, () => ask('page', 'page')));
    await Promise.all(work);
    const refused = pages.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(12);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(RouterBusy);
    }
    const order = simulator.log.commands.map(({ words }) => words[1]);
    expect(order.lastIndexOf('?name=work')).toBeLessThan(order.indexOf('?name=page') + 5);
    expect(order.filter((word) => word === '?name=page')).toHaveLength(8);
  });

  test('a customer who waits comes before what stands in line', async () => {
    const simulator = await router();
    const connection = await dial(simulator.port);
    simulator.faults.commandMs = 2;
    simulator.log.clear();
    const ask = (name: string, lane: 'work' | 'customer') =>
      connection.send(['/queue/simple/print', `?name=${name}`], { ...asIs, lane });
    const work = Array.from({ length: 30 }, () => ask('work', 'work'));
    await ask('customer', 'customer');
    await Promise.all(work);
    const order = simulator.log.commands.map(({ words }) => words[1]);
    expect(order.indexOf('?name=customer')).toBeLessThan(6);
  });

  test('a question of a page that finds no room in time is given up, and the line stays', async () => {
    const simulator = await router();
    const connection = await dial(
      simulator.port,
      {},
      { ...LIMITS, commandMs: 5_000, longMs: 5_000 },
    );
    simulator.faults.on(
      { menu: '/queue/simple', command: 'print', times: 8 },
      { kind: 'delay', ms: 1_500 },
    );
    const work = Array.from({ length: 8 }, () => connection.send(['/queue/simple/print'], asIs));
    const page = connection.send(['/system/identity/print'], { ...asIs, lane: 'page' });
    await expect(page).rejects.toBeInstanceOf(RouterBusy);
    await Promise.all(work);
    expect(connection.isOpen).toBe(true);
  });

  test('text outside ASCII arrives as it was sent', async () => {
    const connection = await dial((await router()).port);
    const comment = 'Aling Nena – ₱5 ñ 文';
    await connection.send(
      ['/queue/simple/add', '=name=x', '=target=10.0.0.1', `=comment=${comment}`],
      asIs,
    );
    const { rows } = await connection.send(['/queue/simple/print', '=.proplist=comment'], asIs);
    expect(rows).toEqual([{ comment }]);
  });

  test('a trap carries its kind, words and category, and the connection stays', async () => {
    const connection = await dial((await router()).port);
    const error: unknown = await connection
      .send(['/queue/simple/remove', '=.id=*FFFF'], asIs)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Trap);
    expect(error).toMatchObject({ kind: 'not-found', command: '/queue/simple/remove' });
    expect(connection.isOpen).toBe(true);
  });

  test('one that is never answered ends in time, and the next ones work', async () => {
    const simulator = await router();
    const connection = await dial(simulator.port);
    simulator.faults.on({ menu: '/queue/simple', command: 'print' }, { kind: 'no-answer' });
    await expect(connection.send(['/queue/simple/print'], asIs)).rejects.toBeInstanceOf(
      CommandTimeout,
    );
    const { rows } = await connection.send(['/system/identity/print', '=.proplist=name'], asIs);
    expect(rows).toHaveLength(1);
  });

  test('an answer that came while this process was busy with something else counts', async () => {
    const worker = new Worker(PROMPT_ROUTER, { eval: true });
    open.push({ stop: () => worker.terminate() });
    const [port] = (await once(worker, 'message')) as [number];
    const connection = await dial(port, {}, LIMITS, systemClock);
    const reply = connection.send(['/system/identity/print'], asIs);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * LIMITS.commandMs);
    await expect(reply).resolves.toEqual({ rows: [], ret: undefined });
  });

  test('two unanswered in a row end the connection, and all who wait are told', async () => {
    const simulator = await router();
    const connection = await dial(simulator.port);
    simulator.faults.on(
      { menu: '/queue/simple', command: 'print', times: 99 },
      { kind: 'no-answer' },
    );
    const waiting = Array.from({ length: 12 }, () =>
      connection.send(['/queue/simple/print'], asIs),
    );
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(connection.isOpen).toBe(false);
    await expect(connection.send(['/queue/simple/print'], asIs)).rejects.toBeInstanceOf(
      RouterUnreachable,
    );
  });

  test('on a board that does one thing after the other each command has its whole time', async () => {
    const simulator = await router();
    const connection = await dial(simulator.port);
    simulator.faults.commandMs = 100; // twelve take four times what one may
    const all = Array.from({ length: 12 }, () => connection.send(['/queue/simple/print'], asIs));
    await expect(Promise.all(all)).resolves.toHaveLength(12);
    expect(connection.isOpen).toBe(true);
  });

  test('tables that come slowly cost themselves, and not the line', async () => {
    let isSlow = true;
    const port = await plainServer((socket) => {
      const say = (...words: string[]) => socket.writable && socket.write(encodeSentence(words));
      const decoder = new SentenceDecoder(([command = '', ...words]) => {
        const tag = words.find((word) => word.startsWith('.tag='))!;
        if (isSlow && command === '/queue/simple/print') {
          const rows = line.every(40, () => say('!re', tag, '=name=q'));
          socket.on('close', () => rows.cancel());
        } else say('!done', tag);
      }, REPLY_LIMITS.afterLogin);
      socket.on('data', (data) => decoder.push(data));
    });
    const connection = await dial(port);
    const print = () => connection.send(['/queue/simple/print'], asIs);
    const slow = await Promise.allSettled([print(), print(), print()]);
    expect(slow.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    isSlow = false;
    await expect(print()).resolves.toBeDefined();
  });

  test.each(['fin', 'rst'] as const)(
    'a connection lost by %s rejects everything under way',
    async (how) => {
      const simulator = await router();
      const connection = await dial(simulator.port);
      simulator.faults.on(
        { menu: '/queue/simple', command: 'print', times: 99 },
        { kind: 'no-answer' },
      );
      const waiting = connection.send(['/queue/simple/print'], asIs);
      simulator.dropConnections(how);
      await expect(waiting).rejects.toBeInstanceOf(RouterUnreachable);
      await expect(connection.down).resolves.toBeInstanceOf(Error);
    },
  );

  test('closing does not wait for a router that is gone', async () => {
    const simulator = await router();
    simulator.faults.halfOpenOnClose = true;
    const connection = await dial(simulator.port);
    connection.close();
    await expect(connection.down).resolves.toBeInstanceOf(RouterUnreachable);
  });
});

describe('the client that stays connected', () => {
  function client(port: number, password = '', onUp = () => undefined as void): RouterClient {
    const made = new RouterClient(
      { host: '127.0.0.1', port, username: 'admin', password, tls: 'off' },
      {
        clock: line,
        limits: LIMITS,
        backOffMs: [20],
        refusedBackOffMs: 60_000,
        heartbeatMs: 50,
        onUp,
      },
    );
    open.push(made);
    return made;
  }

  test('comes back by itself when the router does', async () => {
    const simulator = await router();
    let made: RouterClient | undefined;
    await new Promise<void>((resolve) => {
      let times = 0;
      made = client(simulator.port, '', () => {
        times += 1;
        if (times === 1) simulator.dropConnections('rst');
        else resolve();
      });
      made.keepConnected();
    });
    const { rows } = await made!.send(['/system/identity/print', '=.proplist=name'], asIs);
    expect(rows).toHaveLength(1);
  });

  test('many who ask at once share one connection', async () => {
    const simulator = await router();
    const made = client(simulator.port);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        made.send(['/system/identity/print', '=.proplist=name'], asIs),
      ),
    );
    expect(simulator.log.commands.filter(({ command }) => command === 'login')).toHaveLength(1);
  });

  test("a refused login is not tried again at once: each try leaves a line in the router's log", async () => {
    const simulator = await router({ password: 'right' });
    const made = client(simulator.port, 'wrong');
    for (let n = 0; n < 5; n += 1)
      await expect(made.connected()).rejects.toBeInstanceOf(RouterRefused);
    expect(simulator.log.commands.filter(({ command }) => command === 'login')).toHaveLength(1);
  });

  describe('when the router restarts', () => {
    const PATIENT = { ...LIMITS, commandMs: 60_000, longMs: 60_000 };
    const restart = { steadyMs: 0, callMs: 20, silentMs: 40 };

    /** Speaks enough of the API to be logged in to, and tells of each call. */
    async function fakeRouter(onCall: (socket: Socket) => 'serve' | 'refuse' | 'hold') {
      const state = { isMute: false };
      const port = await plainServer((socket) => {
        const does = onCall(socket);
        if (does === 'refuse') return void socket.resetAndDestroy();
        if (does === 'hold') return undefined;
        const answered: (() => void)[] = [];
        const decoder = new SentenceDecoder((words) => {
          const tag = words.find((word) => word.startsWith('.tag='))!;
          const answer = () => void socket.write(encodeSentence(['!done', tag]));
          if (state.isMute) answered.push(answer);
          else answer();
        }, REPLY_LIMITS.afterLogin);
        socket.on('data', (data) => decoder.push(data));
        speakUp = () => answered.splice(0).forEach((answer) => answer());
      });
      let speakUp: () => void = () => undefined;
      return { port, state, speakUp: () => speakUp() };
    }

    function clientOf(port: number, onUp: () => void, onDown: () => void = () => undefined) {
      const made = new RouterClient(
        { host: '127.0.0.1', port, username: 'admin', password: '', tls: 'off' },
        {
          clock: line,
          limits: PATIENT,
          backOffMs: [300_000],
          heartbeatMs: 60_000,
          restart,
          onUp,
          onDown,
        },
      );
      open.push(made);
      return made;
    }

    test('it is called until it is back, without the pauses of the back-off', async () => {
      const clock = new ManualClock();
      const simulator = await router({ clock });
      await new Promise<void>((resolve) => {
        let [ups, downs] = [0, 0];
        const onUp = () => {
          ups += 1;
          if (ups === 1) simulator.reboot({ bootMs: 30_000 });
          else resolve();
        };
        const onDown = () => {
          downs += 1;
          if (downs === 5) clock.advance(30_000);
        };
        clientOf(simulator.port, onUp, onDown).keepConnected();
      });
      const logins = simulator.log.commands.filter(({ command }) => command === 'login');
      expect(logins).toHaveLength(2);
    });

    test('after a power cut, which ends no connection, what waits is not waited for', async () => {
      let calls = 0;
      const fake = await fakeRouter(() => {
        calls += 1;
        if (calls === 1) return 'serve';
        fake.state.isMute = false;
        return calls % 2 === 0 ? 'refuse' : 'serve';
      });
      let waiting: Promise<unknown> | undefined;
      await new Promise<void>((resolve) => {
        let ups = 0;
        const made = clientOf(fake.port, () => {
          ups += 1;
          if (ups === 2) return resolve();
          setImmediate(() => {
            fake.state.isMute = true;
            waiting = made.send(['/queue/simple/print'], asIs).catch((error: unknown) => error);
          });
        });
        made.keepConnected();
      });
      expect(await waiting).toBeInstanceOf(RouterUnreachable);
    });

    test('a slow one that can be called all along keeps its connection', async () => {
      let calls = 0;
      const fake = await fakeRouter(() => {
        calls += 1;
        if (calls === 4) fake.speakUp();
        return calls === 1 ? 'serve' : 'hold';
      });
      let ups = 0;
      const made = clientOf(fake.port, () => void (ups += 1));
      await made.connected();
      fake.state.isMute = true;
      await expect(made.send(['/queue/simple/print'], asIs)).resolves.toEqual({ rows: [] });
      expect({ ups, isConnected: made.isConnected }).toEqual({ ups: 1, isConnected: true });
      expect(calls).toBeGreaterThanOrEqual(4);
    });
  });

  describe('a line that went silent', () => {
    const PATIENT = { ...LIMITS, commandMs: 60_000, longMs: 60_000 };
    const silence = { leastMs: 60, everyMs: 10 };
    const identity = ['/system/identity/print', '=.proplist=name'];

    function patient(port: number): RouterClient {
      const made = new RouterClient(
        { host: '127.0.0.1', port, username: 'admin', password: '', tls: 'off' },
        { clock: line, limits: PATIENT, backOffMs: [300_000], heartbeatMs: 60_000, silence },
      );
      open.push(made);
      return made;
    }

    async function known(made: RouterClient): Promise<ApiConnection> {
      for (let n = 0; n < 10; n += 1) await made.send(identity, asIs);
      return made.connected();
    }

    test('is replaced by another one that answers, once', async () => {
      const simulator = await router();
      const made = patient(simulator.port);
      const first = await known(made);
      simulator.dropConnections('silent');
      await expect(made.send(identity, asIs)).rejects.toBeInstanceOf(LineReplaced);
      expect(first.isOpen).toBe(false);
      expect(await made.connected()).not.toBe(first);
      await expect(made.send(identity, asIs)).resolves.toMatchObject({
        rows: [{ name: 'MikroTik' }],
      });
      expect(simulator.log.commands.filter(({ command }) => command === 'login')).toHaveLength(2);
    });

    test('stays where the router only takes its time for this one question, the second time at the latest', async () => {
      const simulator = await router();
      const made = patient(simulator.port);
      await known(made);
      const slow = { menu: '/queue/simple', command: 'print', times: 9 };
      simulator.faults.on(slow, { kind: 'delay', ms: 400 });
      await expect(made.send(['/queue/simple/print'], asIs)).rejects.toBeInstanceOf(LineReplaced);
      await known(made);
      await expect(made.send(['/queue/simple/print'], asIs)).resolves.toMatchObject({ rows: [] });
      expect(simulator.log.commands.filter(({ command }) => command === 'login')).toHaveLength(2);
    });

    test('stays while a write waits: whether it was carried out cannot be told', async () => {
      const simulator = await router();
      const made = patient(simulator.port);
      const first = await known(made);
      simulator.faults.on({ menu: '/queue/simple', command: 'add' }, { kind: 'delay', ms: 300 });
      const add = ['/queue/simple/add', '=name=q1', '=target=10.0.0.1/32'];
      await expect(made.send(add, asIs)).resolves.toHaveProperty('ret');
      expect(first.isOpen).toBe(true);
    });
  });

  test.each<[string, Partial<LineSigns>, boolean]>([
    ['silent for longer than ever', { silentMs: 2_000 }, true],
    ['silent for a moment', { silentMs: 1_999 }, false],
    ['slow as usual', { silentMs: 9_000, usualMs: 1_000 }, false],
    ['slower than usual by far', { silentMs: 10_000, usualMs: 1_000 }, true],
    ['of a router that is not known yet', { silentMs: 9_000, answers: 7 }, false],
    [
      'cut short, of a router that is not known yet',
      { silentMs: 2_000, isCut: true, answers: 0 },
      true,
    ],
    ['cut short a moment ago', { silentMs: 1_999, isCut: true, answers: 0 }, false],
    ['cut short while it writes', { silentMs: 9_000, isCut: true, isReading: false }, false],
    ['that writes', { silentMs: 9_000, isReading: false }, false],
  ])('a line %s', (_, signs, expected) => {
    const line = { silentMs: 0, isCut: false, isReading: true, answers: 8, usualMs: 20, ...signs };
    expect(isSuspect(line, SILENCE)).toBe(expected);
  });

  test('a silent router is found out by the heartbeat', async () => {
    const simulator = await router();
    const made = client(simulator.port);
    const connection = await made.connected();
    simulator.faults.on({ menu: '/system/resource', times: 99 }, { kind: 'no-answer' });
    line.advance(50);
    await expect(connection.down).resolves.toBeInstanceOf(RouterUnreachable);
  });
});
