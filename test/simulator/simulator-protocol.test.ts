import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeSentence, SentenceDecoder } from '../../src/routeros/api/codec';
import { CHUNKINGS, type FaultAction } from '../../src/simulator/engine/faults';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';

/** The bare wire: what arrives is kept as it came, and a test waits for what it needs. */
class Wire {
  readonly sentences: string[][] = [];
  readonly sizes: number[] = [];
  end: 'open' | 'fin' | 'rst' = 'open';
  leftover = 0;
  private waiting: (() => void)[] = [];

  private constructor(readonly socket: Socket) {
    const decoder = new SentenceDecoder((words) => this.sentences.push(words));
    socket.on('data', (bytes) => {
      this.sizes.push(bytes.length);
      this.leftover += bytes.length;
      const before = this.sentences.length;
      decoder.push(bytes);
      if (this.sentences.length > before) this.leftover = 0;
      this.wake();
    });
    socket.on('connect', () => this.wake());
    socket.on('error', () => (this.end = 'rst'));
    socket.on('end', () => (this.end = 'fin'));
    socket.on('close', () => this.wake());
  }

  static async open(port: number, socket = connect({ port, host: '127.0.0.1' })): Promise<Wire> {
    const wire = new Wire(socket);
    sockets.push(socket);
    await wire.until(() => !socket.connecting || wire.closed);
    return wire;
  }

  send(...words: string[]): void {
    this.socket.write(encodeSentence(words));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Sends, and takes what comes up to the `!done` of that tag. */
  async call(...words: string[]): Promise<string[][]> {
    const from = this.sentences.length;
    this.send(...words);
    const tag = words.find((word) => word.startsWith('.tag='));
    const isEnd = (reply: string[]) =>
      reply[0] === '!fatal' || (reply[0] === '!done' && (!tag || reply.includes(tag)));
    await this.until(() => this.closed || this.sentences.slice(from).some(isEnd));
    return this.sentences.slice(from);
  }

  get closed(): boolean {
    return this.end !== 'open' || this.socket.destroyed;
  }

  closing(): Promise<void> {
    return this.until(() => this.closed);
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    waiting.forEach((each) => each());
  }
}

const sockets: Socket[] = [];
let simulator: Simulator;
let clock: ManualClock;

async function start(options: SimulatorOptions = {}): Promise<void> {
  clock = new ManualClock();
  simulator = await Simulator.start({ clock, password: 'secret', ...options });
}

async function loggedIn(): Promise<Wire> {
  const wire = await Wire.open(simulator.port);
  expect(await wire.call('/login', '=name=admin', '=password=secret')).toEqual([['!done']]);
  return wire;
}

beforeEach(() => start());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await simulator.stop();
});

const addQueues = (count: number, comment = '') => {
  for (let at = 0; at < count; at += 1) {
    const words = [`=name=q${at}`, `=target=10.0.0.${at}`, `=comment=${comment}`];
    simulator.run(['/queue/simple/add', ...words]);
  }
};

describe('login', () => {
  test('a wrong name or password is one trap, and the connection may try again', async () => {
    const wire = await Wire.open(simulator.port);
    const refused = [['!trap', '=message=invalid user name or password (6)'], ['!done']];
    expect(await wire.call('/login', '=name=admin', '=password=guess')).toEqual(refused);
    expect(await wire.call('/login', '=name=root', '=password=secret')).toEqual(refused);
    expect(await wire.call('/login', '=name=admin', '=password=secret')).toEqual([['!done']]);
    expect(simulator.rows('/user/active')).toMatchObject([{ name: 'admin', via: 'api' }]);
    expect(simulator.rows('/log').map((line) => line['message'])).toEqual([
      'login failure for user admin from 127.0.0.1 via api',
      'login failure for user root from 127.0.0.1 via api',
      'user admin logged in from 127.0.0.1 via api',
    ]);
  });

  test('anything before it is fatal', async () => {
    const wire = await Wire.open(simulator.port);
    wire.send('/system/identity/print');
    await wire.closing();
    expect(wire.sentences).toEqual([['!fatal', 'not logged in']]);
  });

  test('without the policy api nobody gets in', async () => {
    simulator.setPolicies(['read', 'write']);
    const wire = await Wire.open(simulator.port);
    expect(await wire.call('/login', '=name=admin', '=password=secret')).toEqual([
      ['!trap', '=message=not enough permissions (9)'],
      ['!done'],
    ]);
  });

  test.each([
    ['6.42.12', [['!done']]],
    ['6.49.18', [['!trap', '=message=invalid user name or password (6)'], ['!done']]],
  ])('%s hands out a challenge, and takes its answer only before 6.43', async (version, reply) => {
    await simulator.stop();
    await start({ version });
    const wire = await Wire.open(simulator.port);
    const challenge = (await wire.call('/login'))[0]![1]!.slice('=ret='.length);
    expect(challenge).toMatch(/^[0-9a-f]{32}$/);
    const hash = createHash('md5').update('\0secret').update(Buffer.from(challenge, 'hex'));
    const response = `=response=00${hash.digest('hex')}`;
    expect(await wire.call('/login', '=name=admin', response)).toEqual(reply);
  });

  test('/quit says good-bye', async () => {
    const wire = await loggedIn();
    wire.send('/quit');
    await wire.closing();
    expect(wire.sentences.at(-1)).toEqual(['!fatal', 'session terminated on request']);
    expect(simulator.rows('/user/active')).toEqual([]);
  });

  test('/user/active/request-logout throws a session out', async () => {
    const wire = await loggedIn();
    simulator.run(['/user/active/request-logout', '=numbers=*1']);
    await wire.closing();
    expect(wire.end).toBe('fin');
  });
});

describe('tags', () => {
  test('come back in every reply, first or last', async () => {
    addQueues(1);
    const wire = await loggedIn();
    const print = ['/queue/simple/print', '=.proplist=name', '.tag=a b'];
    expect(await wire.call(...print)).toEqual([
      ['!re', '.tag=a b', '=name=q0'],
      ['!done', '.tag=a b'],
    ]);
    simulator.faults.tagPosition = 'last';
    expect(await wire.call(...print)).toEqual([
      ['!re', '=name=q0', '.tag=a b'],
      ['!done', '.tag=a b'],
    ]);
    expect(await wire.call('/queue/simple/remove', '=.id=*99', '.tag=7')).toEqual([
      ['!trap', '=category=0', '=message=no such item', '.tag=7'],
      ['!done', '.tag=7'],
    ]);
    expect(await wire.call('/queue/simple/print', '?name=none', '.tag=7')).toEqual([
      ['!empty', '.tag=7'],
      ['!done', '.tag=7'],
    ]);
  });

  test('an empty one is none', async () => {
    const wire = await loggedIn();
    wire.send('/system/identity/set', '=name=x', '.tag=');
    await wire.until(() => wire.sentences.length === 2);
    expect(wire.sentences.at(-1)).toEqual(['!done']);
  });

  test('let other commands overtake a slow one', async () => {
    addQueues(250);
    const wire = await loggedIn();
    simulator.faults.slowPrintMs = 20;
    wire.send('/queue/simple/print', '=.proplist=name', '.tag=slow');
    await wire.call('/system/identity/set', '=name=x', '.tag=quick');
    await wire.until(() => wire.sentences.some((reply) => reply.join() === '!done,.tag=slow'));
    const ends = wire.sentences.filter(([word]) => word === '!done').map((reply) => reply[1]);
    expect(ends).toEqual([undefined, '.tag=quick', '.tag=slow']);
    expect(wire.sentences.filter(([word]) => word === '!re')).toHaveLength(250);
  });
});

describe('/cancel', () => {
  test('interrupts one command: its trap, the done of the cancel, its done', async () => {
    const wire = await loggedIn();
    wire.send('/interface/monitor-traffic', '=interface=ether1', '.tag=mon');
    wire.send('/log/print', '=follow=', '=.proplist=topics', '.tag=log');
    await wire.until(() => wire.sentences.length >= 3);
    const from = wire.sentences.length;
    await wire.call('/cancel', '=tag=mon', '.tag=c');
    await wire.until(() => wire.sentences.length >= from + 3);
    expect(wire.sentences.slice(from)).toEqual([
      ['!trap', '.tag=mon', '=category=2', '=message=interrupted'],
      ['!done', '.tag=c'],
      ['!done', '.tag=mon'],
    ]);
    expect(await wire.call('/cancel', '=tag=mon', '.tag=d')).toEqual([['!done', '.tag=d']]);
  });

  test('without a tag interrupts everything', async () => {
    simulator.faults.on({ command: 'print', times: 2 }, { kind: 'no-answer' });
    const wire = await loggedIn();
    wire.send('/ip/pool/print', '.tag=1');
    wire.send('/ip/arp/print', '.tag=2');
    wire.send('/cancel', '.tag=c');
    await wire.until(() => wire.sentences.length >= 6);
    expect(wire.sentences.slice(1).map((reply) => reply.slice(0, 2).join(' '))).toEqual([
      '!trap .tag=1',
      '!trap .tag=2',
      '!done .tag=c',
      '!done .tag=1',
      '!done .tag=2',
    ]);
  });
});

describe('traps', () => {
  test('carry a category on RouterOS 7, and mostly none on 6', async () => {
    const wire = await loggedIn();
    expect((await wire.call('/nonsense/print'))[0]).toEqual([
      '!trap',
      '=category=0',
      '=message=no such command or directory (nonsense)',
    ]);
    await simulator.stop();
    await start({ version: '6.49.18' });
    const old = await loggedIn();
    expect((await old.call('/nonsense/print'))[0]).toEqual([
      '!trap',
      '=message=no such command prefix',
    ]);
  });
});

describe('policies', () => {
  const denied = [['!trap', '=message=not enough permissions (9)'], ['!done']];

  test('hold for every command, from the moment they change', async () => {
    const wire = await loggedIn();
    simulator.setPolicies(['api', 'read', 'test']);
    expect(await wire.call('/queue/simple/add', '=target=10.0.0.1')).toEqual(denied);
    expect(await wire.call('/system/reboot')).toEqual(denied);
    expect(await wire.call('/user/set', '=.id=admin', '=password=x')).toEqual(denied);
    expect(await wire.call('/simulator/reboot')).toEqual(denied);
    expect(simulator.queues()).toEqual([]);
    simulator.setPolicies(['api', 'write']);
    expect(await wire.call('/queue/simple/print')).toEqual(denied);
    expect(await wire.call('/queue/simple/add', '=target=10.0.0.1')).toEqual([
      ['!done', '=ret=*1'],
    ]);
    expect(await wire.call('/interface/monitor-traffic', '=interface=ether1')).toEqual(denied);
    expect(await wire.call('/file/add', '=name=x')).toEqual(denied);
  });

  test('without sensitive, passwords are neither shown nor to be found out', async () => {
    simulator.run(['/ip/hotspot/user/add', '=name=ann', '=password=hidden']);
    simulator.setPolicies(['api', 'read']);
    const wire = await loggedIn();
    const ask = (...words: string[]) =>
      wire.call('/ip/hotspot/user/print', '=.proplist=name,password', ...words);
    expect(await ask('?name=ann')).toEqual([['!re', '=name=ann'], ['!done']]);
    expect(await ask('?password=hidden')).toEqual([['!empty'], ['!done']]);
  });
});

describe('who may connect', () => {
  const refused = async () => {
    const wire = await Wire.open(simulator.port);
    await wire.closing();
    return wire.end === 'fin' && wire.sentences.length === 0;
  };

  test('only addresses of the service, only while it is on, and only so many', async () => {
    simulator.run(['/ip/service/set', '=numbers=api', '=address=10.0.0.0/8']);
    expect(await refused()).toBe(true);
    simulator.run(['/ip/service/set', '=numbers=api', '=address=127.0.0.1', '=max-sessions=1']);
    await loggedIn();
    expect(await refused()).toBe(true);
    simulator.faults.maxSessions = 2;
    await loggedIn();
    expect(await refused()).toBe(true);
    simulator.run(['/ip/service/disable', '=numbers=api']);
    expect(await refused()).toBe(true);
  });

  test('nobody while the router boots', async () => {
    const wire = await loggedIn();
    simulator.reboot({ bootMs: 30_000 });
    await wire.closing();
    const early = await Wire.open(simulator.port);
    await early.closing();
    expect(early.end).toBe('rst');
    clock.advance(30_000);
    await loggedIn();
  });
});

describe('framing', () => {
  const COMMENTS = ['', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(16_384), 'ñ €'];

  test.each(CHUNKINGS)('%s: the reply arrives as it was sent', async (chunking) => {
    COMMENTS.forEach((comment, at) =>
      simulator.run(['/queue/simple/add', `=target=10.0.0.${at}`, `=comment=${comment}`]),
    );
    const wire = await loggedIn();
    simulator.faults.chunking = chunking;
    const from = wire.sizes.length;
    const replies = await wire.call('/queue/simple/print', '=.proplist=comment', '.tag=1');
    expect(replies).toEqual([
      ...COMMENTS.map((text) => ['!re', '.tag=1', ...(text === '' ? [] : [`=comment=${text}`])]),
      ['!done', '.tag=1'],
    ]);
    const sizes = wire.sizes.slice(from);
    if (chunking === 'byte') expect(Math.max(...sizes)).toBeLessThan(100);
    if (chunking === 'random') expect(sizes.length).toBeGreaterThan(100);
    if (chunking === 'cut-last-zero') expect(sizes.at(-1)).toBe(1);
    if (chunking === 'cut-prefix') expect(sizes.length).toBeGreaterThan(10);
  });

  test('a sentence runs when its last byte is there, however it is cut', async () => {
    const wire = await loggedIn();
    const bytes = encodeSentence(['/system/identity/set', '=name=cut']);
    for (const byte of bytes.subarray(0, -1)) wire.socket.write(Buffer.of(byte));
    await loggedIn();
    expect(simulator.rows('/system/identity')).toEqual([{ name: 'MikroTik' }]);
    wire.socket.write(Buffer.of(0));
    await wire.until(() => wire.sentences.length === 2);
    expect(simulator.rows('/system/identity')).toEqual([{ name: 'cut' }]);
  });

  test('a stream that is not the API is hung up on', async () => {
    const wire = await Wire.open(simulator.port);
    wire.socket.write(Buffer.of(0xff, 1, 2, 3));
    await wire.closing();
    expect(wire.end).toBe('rst');
  });
});

test('TLS without a certificate is anonymous, as on a router', async () => {
  await simulator.stop();
  const anonymous = { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
  await start({ tls: { ...anonymous, dhparam: 'auto' } });
  const socket = connectTls({ port: simulator.port, rejectUnauthorized: false, ...anonymous });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const wire = await Wire.open(simulator.port, socket);
  expect(await wire.call('/login', '=name=admin', '=password=secret')).toEqual([['!done']]);
  simulator.dropConnections('rst');
  await wire.closing();
  const plain = await Wire.open(simulator.port); // somebody with the wrong port
  await simulator.stop();
  await plain.closing();
});

describe('faults', () => {
  const print = ['/ip/pool/print', '=.proplist=name', '.tag=p'];
  const row = ['!re', '.tag=p', '=name=hs-pool-1'];
  const done = ['!done', '.tag=p'];

  test('meet the commands they are meant for, after some and as often as told', async () => {
    const trap: FaultAction = { kind: 'trap', message: 'busy' };
    simulator.faults.on({ menu: '/ip/pool', command: 'print', after: 1, times: 2 }, trap);
    simulator.faults.on({ menu: /^\/system/ }, trap);
    const wire = await loggedIn();
    const outcome = async (...words: string[]) => (await wire.call(...words))[0]![0];
    expect(await outcome(...print)).toBe('!re');
    expect(await outcome('/ip/pool/getall')).toBe('!re');
    expect(await outcome(...print)).toBe('!trap');
    expect(await outcome(...print)).toBe('!trap');
    expect(await outcome(...print)).toBe('!re');
    expect(await outcome('/system/identity/print')).toBe('!trap');
    expect(await outcome('/system/identity/print')).toBe('!re');
    simulator.faults.on({}, trap);
    simulator.faults.chunking = 'byte';
    simulator.faults.clear();
    expect(simulator.faults.chunking).toBe('whole');
    expect(await outcome(...print)).toBe('!re');
  });

  test('traps: without a message, with a category, two of them', async () => {
    const wire = await loggedIn();
    simulator.faults.on({}, { kind: 'trap', message: null });
    expect(await wire.call(...print)).toEqual([['!trap', '.tag=p'], done]);
    simulator.faults.on({}, { kind: 'trap', message: 'no', category: 4, count: 2 });
    const trap = ['!trap', '.tag=p', '=category=4', '=message=no'];
    expect(await wire.call(...print)).toEqual([trap, trap, done]);
  });

  test('strangers in the stream: an unknown reply, and a tag nobody used', async () => {
    const wire = await loggedIn();
    simulator.faults.on({}, { kind: 'unknown-reply' });
    expect(await wire.call(...print)).toEqual([
      ['!surprise', '.tag=p', '=reason=a fault'],
      row,
      done,
    ]);
    simulator.faults.on({}, { kind: 'foreign-tag' });
    expect(await wire.call(...print)).toEqual([
      ['!re', '.tag=foreign', '=name=stranger'],
      ['!done', '.tag=foreign'],
      row,
      done,
    ]);
  });

  test('!empty always or never', async () => {
    const wire = await loggedIn();
    simulator.faults.emptyReply = 'always';
    expect(await wire.call('/system/identity/set', '=name=x')).toEqual([['!empty'], ['!done']]);
    expect(await wire.call(...print)).toEqual([row, done]);
    simulator.faults.emptyReply = 'never';
    expect(await wire.call('/queue/simple/print')).toEqual([['!done']]);
  });

  test('fatal with and without the end of the connection', async () => {
    const wire = await loggedIn();
    simulator.faults.on({}, { kind: 'fatal', close: true, message: 'out of memory' });
    expect(await wire.call(...print)).toEqual([['!fatal', 'out of memory']]);
    await wire.closing();
    const other = await loggedIn();
    simulator.faults.on({}, { kind: 'fatal', close: false });
    expect(await other.call(...print)).toEqual([['!fatal', 'session terminated']]);
    other.send(...print);
    await loggedIn();
    expect(other.closed).toBe(false);
    expect(other.sentences).toHaveLength(2);
  });

  test('no answer, executed or not, and others go on', async () => {
    const wire = await loggedIn();
    simulator.faults.on({}, { kind: 'no-answer' });
    simulator.faults.on({}, { kind: 'no-answer', executed: true });
    wire.send('/queue/simple/add', '=name=lost', '=target=10.0.0.1', '.tag=1');
    wire.send('/queue/simple/add', '=name=done', '=target=10.0.0.1', '.tag=2');
    expect(await wire.call(...print)).toEqual([row, done]);
    expect(simulator.queues().map(({ name }) => name)).toEqual(['done']);
  });

  test('a delayed command lets the next one overtake it', async () => {
    const wire = await loggedIn();
    simulator.faults.on({}, { kind: 'delay', ms: 1_000 });
    wire.send('/system/identity/print', '.tag=late');
    expect(await wire.call(...print)).toEqual([row, done]);
    await wire.until(() => wire.sentences.length === 5);
    expect(wire.sentences.at(-1)).toEqual(['!done', '.tag=late']);
  });

  test('a reply that breaks off: RST in the middle, FIN inside the last sentence', async () => {
    addQueues(20);
    const wire = await loggedIn();
    simulator.faults.on({}, { kind: 'close-mid-sentence' });
    wire.send('/queue/simple/print', '=.proplist=name', '.tag=q');
    await wire.closing();
    expect(wire.end).toBe('fin');
    expect(wire.sentences.filter(([word]) => word === '!re')).toHaveLength(20);
    expect(wire.sentences.at(-1)).not.toContain('!done');
    const other = await loggedIn();
    simulator.faults.on({}, { kind: 'reset-mid-reply' });
    other.send('/queue/simple/print', '=.proplist=name', '.tag=q');
    await other.closing(); // Node tells an RST right behind data as a plain end, so `end` is no proof
    const rows = other.sentences.filter(([word]) => word === '!re').length;
    expect(rows).toBeLessThan(20);
  });

  test('a connection that dies before or after the command was carried out', async () => {
    const add = (name: string) => ['/queue/simple/add', `=name=${name}`, '=target=10.0.0.1'];
    for (const kind of ['drop-before', 'answer-then-drop'] as const) {
      const wire = await loggedIn();
      simulator.faults.on({}, { kind });
      wire.send(...add(kind));
      await wire.closing();
      expect(wire.sentences).toHaveLength(1);
    }
    expect(simulator.queues().map(({ name }) => name)).toEqual(['answer-then-drop']);
  });

  test('connections refused: closed at once, or left in silence', async () => {
    simulator.faults.refuseConnections = 'accept-then-close';
    const closed = await Wire.open(simulator.port);
    await closed.closing();
    expect(closed.end).toBe('fin');
    simulator.faults.refuseConnections = 'accept-and-silent';
    const silent = await Wire.open(simulator.port);
    silent.send('/login', '=name=admin', '=password=secret');
    simulator.faults.refuseConnections = 'none';
    await loggedIn();
    expect(silent.sentences).toEqual([]);
    expect(silent.closed).toBe(false);
  });

  test.each(['fin', 'rst', 'silent'] as const)('connections dropped: %s', async (how) => {
    const wire = await loggedIn();
    simulator.dropConnections(how);
    if (how !== 'silent') {
      await wire.closing();
      return expect(wire.end).toBe(how);
    }
    wire.send(...print);
    await loggedIn();
    expect(wire.sentences).toHaveLength(1);
    expect(wire.closed).toBe(false);
  });

  test("a client's FIN is answered, unless the fault says otherwise", async () => {
    const wire = await loggedIn();
    wire.socket.end();
    await wire.closing();
    expect(wire.end).toBe('fin');
    const other = await loggedIn();
    simulator.faults.halfOpenOnClose = true;
    other.socket.end();
    await loggedIn();
    expect(other.closed).toBe(false);
  });
});

describe('from outside, by /simulator', () => {
  test('devices, traffic, counters and reboots', async () => {
    const wire = await loggedIn();
    const device = ['=mac-address=02:00:00:00:00:0B', '=address=10.5.50.7', '=offered=8000/80000'];
    await wire.call('/simulator/device/add', ...device);
    await wire.call('/ip/hotspot/user/add', '=name=ann');
    await wire.call('/ip/hotspot/active/login', '=ip=10.5.50.7', '=user=ann');
    await wire.call('/queue/simple/add', '=name=q', '=target=10.5.50.7');
    await wire.call('/simulator/traffic', '=mac=02:00:00:00:00:0b', '=down=501M');
    clock.advance(1000);
    const seen = ['/simulator/device/print', '=.proplist=mac-address,online,bytes-up,bytes-down'];
    expect(await wire.call(...seen)).toEqual([
      [
        '!re',
        '=mac-address=02:00:00:00:00:0B',
        '=online=true',
        '=bytes-up=1000',
        '=bytes-down=501010000',
      ],
      ['!done'],
    ]);
    await wire.call('/simulator/reset-counters', '=name=q');
    expect(simulator.queues()[0]?.bytes.down).toBe(0);
    await wire.call('/simulator/device/set', '=numbers=02:00:00:00:00:0B', '=address=10.5.50.9');
    expect(simulator.hosts()[0]?.address).toBe('10.5.50.9');
    await wire.call('/simulator/device/remove', '=numbers=02:00:00:00:00:0B');
    expect(simulator.hosts()).toEqual([]);
    wire.send('/simulator/reboot', '=boot-time=10s');
    await wire.closing();
    clock.advance(15_000);
    expect(simulator.rows('/system/resource')[0]?.['uptime']).toBe('5s');
  });

  test('faults', async () => {
    const wire = await loggedIn();
    await wire.call('/simulator/fault/add', '=kind=trap', '=menu=/ip/pool', '=message=busy');
    await wire.call('/simulator/fault/set', '=tag-position=last', '=slow-print-ms=1');
    expect(await wire.call('/ip/pool/print', '.tag=1')).toEqual([
      ['!trap', '=message=busy', '.tag=1'],
      ['!done', '.tag=1'],
    ]);
    expect((await wire.call('/simulator/fault/add', '=kind=gremlin'))[0]).toContain(
      '=message=input does not match any value of kind',
    );
    await wire.call('/simulator/fault/clear');
    expect(simulator.faults.tagPosition).toBe('first');
  });
});

test('the log holds every sentence, and tells the writes', async () => {
  const wire = await loggedIn();
  simulator.log.clear();
  await wire.call('/ip/pool/print', '=.proplist=name');
  await wire.call('/system/identity/set', '=name=shop');
  await wire.call('/ip/hotspot/active/login', '=ip=10.5.50.7');
  expect(simulator.log.count).toBe(3);
  expect(simulator.log.writes).toMatchObject([
    { menu: '/system/identity', command: 'set', words: ['/system/identity/set', '=name=shop'] },
    { menu: '/ip/hotspot/active', command: 'login' },
  ]);
});
