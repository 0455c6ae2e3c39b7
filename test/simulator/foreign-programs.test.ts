import { connect, type Socket } from 'node:net';
import { encodeBytes, encodeSentence, SentenceDecoder } from '../../src/routeros/api/codec';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';

/** What programs of others ask of any router: voucher makers, monitors, scripts over the API. */

let simulator: Simulator;
let socket: Socket | undefined;

afterEach(async () => {
  socket?.destroy();
  socket = undefined;
  await simulator.stop();
});

async function start(options: SimulatorOptions = {}): Promise<void> {
  simulator = await Simulator.start({ clock: new ManualClock(), ...options });
}

const run = (...words: string[]) => simulator.run(words);
const refusing = (...words: string[]) => {
  try {
    run(...words);
  } catch (error) {
    return (error as Error).message.replace(`${words[0]}: `, '');
  }
  return 'not refused';
};

/** Logged in; words come as latin1, a character for each byte. */
async function wire() {
  const sentences: string[][] = [];
  let onSentence: () => void = () => undefined;
  socket = connect({ port: simulator.port, host: '127.0.0.1' });
  const decoder = new SentenceDecoder(
    (words) => {
      sentences.push(words);
      onSentence();
    },
    undefined,
    (bytes) => bytes.toString('latin1'),
  );
  socket.on('data', (bytes) => decoder.push(bytes));
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => (onSentence = resolve));
  };
  const call = async (bytes: Buffer) => {
    const from = sentences.length;
    socket!.write(bytes);
    await until(() => sentences.slice(from).some(([word]) => word === '!done'));
    return sentences.slice(from);
  };
  await call(encodeSentence(['/login', '=name=admin', '=password=']));
  return { sentences, until, call, send: (...words: string[]) => call(encodeSentence(words)) };
}

describe.each(['6.49.18', '7.19.4'])('on RouterOS %s', (version) => {
  beforeEach(() => start({ version }));

  test('get gives one value, or the whole row', () => {
    run('/ip/hotspot/user/add', '=name=ann', '=comment=vip');
    const get = (...words: string[]) => run('/ip/hotspot/user/get', '=.id=ann', ...words);
    expect(get('=value-name=comment')).toEqual([['!done', '=ret=vip']]);
    expect(get('=value-name=email')).toEqual([['!done', '=ret=']]);
    expect(get()[0]![1]).toMatch(/^=ret=\.id=\*2;server=all;name=ann;.*comment=vip$/);
    expect(run('/system/identity/get', '=value-name=name')).toEqual([['!done', '=ret=MikroTik']]);
    expect(refusing('/ip/hotspot/user/get', '=.id=ann', '=value-name=hat')).toBe(
      'input does not match any value of value-name',
    );
    expect(refusing('/ip/hotspot/user/get', '=.id=*99')).toMatch(/^no such item/);
  });

  test('find gives the ids, in one text', () => {
    for (const name of ['a', 'b', 'c'])
      run('/queue/simple/add', `=name=${name}`, '=target=10.0.0.1');
    const all = simulator.queues().map(({ id }) => id);
    expect(run('/queue/simple/find')).toEqual([['!done', `=ret=${all.join(';')}`]]);
    const [b] = simulator.queues().filter(({ name }) => name === 'b');
    expect(run('/queue/simple/find', '?name=b')).toEqual([['!done', `=ret=${b!.id}`]]);
    expect(run('/queue/simple/find', '?name=none')).toEqual([['!done', '=ret=']]);
    expect(refusing('/system/identity/find')).toMatch(/^no such command/);
  });

  test('listen tells of the log, of what passes a query, and not of counters', async () => {
    const { sentences, until, call } = await wire();
    const queue = ['/queue/simple/listen', '=.proplist=.id,comment', '?name=q', '.tag=q'];
    socket!.write(encodeSentence(queue));
    socket!.write(encodeSentence(['/log/listen', '=.proplist=message', '.tag=log']));
    await call(encodeSentence(['/system/identity/print']));
    const from = sentences.length;
    run('/queue/simple/add', '=name=other', '=target=10.0.0.1');
    run('/queue/simple/add', '=name=q', '=target=10.0.0.2');
    const [q] = simulator.queues().filter(({ name }) => name === 'q');
    simulator.resetCounters();
    run('/queue/simple/set', '=.id=q', '=comment=x');
    run('/log/info', '=message=hello');
    run('/queue/simple/remove', '=.id=q');
    await until(() => sentences.length >= from + 4);
    expect(sentences.slice(from)).toEqual([
      ['!re', '.tag=q', `=.id=${q!.id}`],
      ['!re', '.tag=q', `=.id=${q!.id}`, '=comment=x'],
      ['!re', '.tag=log', '=message=hello'],
      ['!re', '.tag=q', `=.id=${q!.id}`, '=.dead=yes'],
    ]);
    socket!.write(encodeSentence(['/cancel', '=tag=q', '.tag=c']));
    await until(() => sentences.some((words) => words.join() === '!done,.tag=q'));
    const after = sentences.length;
    run('/queue/simple/add', '=name=q', '=target=10.0.0.2');
    await call(encodeSentence(['/system/identity/print']));
    expect(sentences.slice(after).filter((words) => words.includes('.tag=q'))).toEqual([]);
  });

  test('bytes that are no UTF-8 come back as they came, beside text that is', async () => {
    const { call, send } = await wire();
    const odd = Buffer.from([0x3d, ...Buffer.from('comment='), 0x81, 0x8d, 0xf1, 0x20, 0x80, 0xff]);
    const name = '=name=Peña 😀';
    const words = ['/queue/simple/add', name, '=target=10.0.0.1'].map((word) => Buffer.from(word));
    await call(encodeBytes([...words, odd]));
    const [row] = await send('/queue/simple/print', '=.proplist=name,comment', '?name=Peña 😀');
    expect(row!.map((word) => Buffer.from(word, 'latin1'))).toEqual([
      Buffer.from('!re'),
      Buffer.from(name),
      odd,
    ]);
    // It can be asked for, and is not taken for anything else.
    const query = Buffer.concat([Buffer.from('?'), odd.subarray(1)]);
    const ask = (asked: Buffer) =>
      call(encodeBytes([Buffer.from('/queue/simple/print'), Buffer.from('=count-only='), asked]));
    expect(await ask(query)).toEqual([['!done', '=ret=1']]);
    expect(await ask(Buffer.concat([query, Buffer.of(0xf1)]))).toEqual([['!done', '=ret=0']]);
  });

  test('voucher programs keep scripts and schedulers', () => {
    run('/system/script/add', '=name=sales', '=owner=nov2026', '=source=nov/22/2026-|-ann-|-5');
    run('/system/script/run', '=.id=sales');
    expect(simulator.rows('/system/script')).toMatchObject([
      { name: 'sales', owner: 'nov2026', source: 'nov/22/2026-|-ann-|-5', 'run-count': '1' },
    ]);
    run(
      '/system/scheduler/add',
      '=name=P5',
      '=interval=2m10s',
      '=on-event=:put x',
      '=comment=Monitor',
    );
    expect(simulator.rows('/system/scheduler')).toMatchObject([
      { name: 'P5', interval: '2m10s', 'on-event': ':put x', disabled: 'false' },
    ]);
    expect(refusing('/system/scheduler/add', '=name=P5')).toBe('failure: already have such name');
    run('/system/scheduler/disable', '=.id=P5');
    run('/system/scheduler/remove', '=.id=P5');
    expect(simulator.rows('/system/scheduler')).toEqual([]);
  });

  test('the log tells of logins in its own words, whatever the page says', () => {
    const phone = simulator.addDevice({ mac: '02:00:00:00:00:0A', address: '10.5.50.7' });
    run('/ip/hotspot/user/add', '=name=ann', '=password=x', '=limit-uptime=1s');
    phone.typeAtRouter('ann', 'wrong');
    phone.typeAtRouter('bob');
    phone.typeAtRouter('ann', 'x');
    const unknown = version.startsWith('6') ? 'no such user' : 'user <bob> not found';
    const told = simulator.rows('/log').filter(({ topics }) => topics!.includes('hotspot'));
    expect(told.map(({ message }) => message)).toEqual([
      'ann (10.5.50.7): login failed: invalid password',
      `bob (10.5.50.7): login failed: ${unknown}`,
      'ann (10.5.50.7): trying to log in by http-pap',
      'ann (10.5.50.7): logged in',
    ]);
    expect(told[0]!.topics).toBe('hotspot,info,debug');
  });
});

/** What a voucher maker of the Mikhmon kind says to a router in a day, one sentence a line. */
const VOUCHER_MAKER = `
/system/clock/print
/system/resource/print
/system/routerboard/print
/system/identity/print
/system/health/print
/ip/hotspot/print
/ip/pool/print
/queue/simple/print ?dynamic=false
/interface/print
/interface/monitor-traffic =interface=ether1 =once=
/ip/hotspot/user/profile/add =name=P5 =address-pool=none =rate-limit=1M/2M =shared-users=1 =status-autorefresh=1m =on-login=:put(",rem,5,1d,,,Enable,"); =parent-queue=none
/ip/hotspot/user/add =server=all =name=vc123 =password=vc123 =profile=P5 =disabled=no =limit-uptime=0 =limit-bytes-total=0 =comment=vc-123-11.22.26-
/system/scheduler/add =name=P5 =start-time=00:01:02 =interval=00:02:10 =on-event=:local(x) =disabled=no =comment=Monitor-Profile-P5
/system/script/add =name=nov/22/2026-|-10:00:00-|-vc123-|-5-|-10.5.50.7-|-02:00:00:00:00:0A-|-1d-|-P5-|-vc =owner=nov2026 =source=nov/22/2026 =comment=mikhmon
/system/script/print ?owner=nov2026
/system/scheduler/print ?name=P5
/ip/hotspot/user/print =count-only=
/ip/hotspot/active/print =count-only=
/ip/hotspot/user/print ?comment=vc-123-11.22.26-
/ip/hotspot/host/print
/ip/hotspot/cookie/print
/ip/hotspot/ip-binding/print
/ip/dhcp-server/lease/print
/log/print ?topics=hotspot,info,debug
/ip/hotspot/user/set =.id=vc123 =comment=nov/23/2026
/ip/hotspot/user/reset-counters =.id=vc123
/ip/hotspot/user/remove =.id=vc123
/system/scheduler/remove =.id=P5
/ip/hotspot/user/profile/remove =.id=P5
`;

test.each(['6.49.18', '7.19.4', '7.24'])('%s does what a voucher maker says', async (version) => {
  await start({ version });
  const sentences = VOUCHER_MAKER.trim().split('\n');
  const refused = sentences.flatMap((line) => {
    const said = refusing(...line.split(' '));
    return said === 'not refused' ? [] : [`${line}: ${said}`];
  });
  expect(refused).toEqual([]);
  expect(simulator.users()).toEqual([]);
  expect(simulator.rows('/system/script')).toMatchObject([{ comment: 'mikhmon' }]);
});

test.each([
  ['6.49.18', 'board', [{ voltage: '24.1', temperature: '41' }]],
  [
    '7.19.4',
    'board',
    [
      { '.id': '*1', name: 'voltage', value: '24.1', type: 'V' },
      { '.id': '*2', name: 'temperature', value: '41', type: 'C' },
    ],
  ],
  ['7.19.4', 'chr', []],
  ['7.19.4', 'flash', []],
] as const)('%s, %s: health', async (version, machine, rows) => {
  await start({ version, machine });
  expect(simulator.rows('/system/health')).toEqual(rows);
});

test('a board in the mode home takes no scheduler', async () => {
  await start();
  simulator.faults.deviceMode = 'home';
  expect(refusing('/system/scheduler/add', '=name=x')).toBe('failure: not allowed by device-mode');
});
