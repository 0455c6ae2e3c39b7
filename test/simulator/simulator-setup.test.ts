import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiConnection } from '../../src/routeros/api/connection';
import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';

/** What a router does with files, accounts and downloads. */

let simulator: Simulator;
let connection: ApiConnection | undefined;

afterEach(async () => {
  connection?.close();
  connection = undefined;
  await simulator.stop();
});

async function start(options: SimulatorOptions = {}): Promise<void> {
  simulator = await Simulator.start(options);
}

async function logIn(username = 'admin', password = ''): Promise<void> {
  const { port } = simulator;
  const address = { host: '127.0.0.1', port, username, password, tls: 'off' as const };
  connection = await ApiConnection.open(address);
}

const send = async (...words: string[]) =>
  (await connection!.send(words, { read: (row) => row })).rows;
const run = (...words: string[]) => simulator.run(words);
const refusal = (...words: string[]) => {
  try {
    run(...words);
  } catch (error) {
    return (error as Error).message.slice(words[0]!.length + 2);
  }
  return 'nothing was refused';
};
const names = () => simulator.rows('/file').map(({ name, type }) => `${name} ${type}`);

/** A web server that has one page. */
async function withPages<T>(work: (origin: string) => Promise<T>): Promise<T> {
  const server = createServer((req, res) => {
    if (req.url === '/login.html') return res.end('<p>₱</p>');
    res.statusCode = 404;
    return res.end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe.each(['6.49.18', '7.19.4'])('fetch on RouterOS %s', (version) => {
  test('writes what it loads, and makes the folder', async () => {
    await start({ version });
    await logIn();
    await withPages(async (origin) => {
      const fetched = ['/tool/fetch', `=url=${origin}/login.html`, '=mode=http'];
      const rows = await send(...fetched, '=dst-path=shop/login.html');
      expect(rows).toMatchObject([{ status: 'connecting' }, { status: 'finished' }]);
      await send(...fetched);
      expect(names()).toEqual([
        'hotspot directory',
        'shop directory',
        'shop/login.html .html file',
        'login.html .html file',
      ]);
      const page = simulator.rows('/file').find(({ name }) => name === 'shop/login.html');
      expect(page).toMatchObject({ contents: '<p>₱</p>', size: '10' });
    });
  });

  test('says what went wrong, and leaves nothing behind', async () => {
    await start({ version });
    await logIn();
    const text = version.startsWith('6') ? /closing connection: <404/ : /Status 404, Not Found/;
    await withPages(async (origin) => {
      await expect(send('/tool/fetch', `=url=${origin}/other`)).rejects.toThrow(text);
      simulator.faults.diskBytes = 5;
      const page = `=url=${origin}/login.html`;
      await expect(send('/tool/fetch', page)).rejects.toThrow('not enough space');
    });
    await expect(send('/tool/fetch', '=url=http://127.0.0.1:9/x')).rejects.toThrow('failure: ');
    await expect(send('/tool/fetch')).rejects.toThrow('missing');
    expect(names()).toEqual(['hotspot directory']);
  });

  test('needs the right to write files', async () => {
    await start({ version });
    simulator.setPolicies(['api', 'read', 'write', 'test']);
    await logIn();
    await withPages((origin) =>
      expect(send('/tool/fetch', `=url=${origin}/login.html`)).rejects.toThrow('permissions (9)'),
    );
    expect(names()).toEqual(['hotspot directory']);
  });
});

test('fetch is off in the mode of home routers', async () => {
  await start();
  simulator.faults.deviceMode = 'home';
  expect(refusal('/tool/fetch', '=url=http://127.0.0.1/x')).toBe(
    'failure: not allowed by device-mode',
  );
});

test('a fetch that goes on can be cancelled, and other commands are answered meanwhile', async () => {
  await start();
  const server = createServer(() => undefined); // never answers
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const limits = {
    connectMs: 1_000,
    loginMs: 1_000,
    commandMs: 200,
    longMs: 200,
    inFlight: 8,
    queued: 8,
    queuedMs: 1_000,
  };
  const address = {
    host: '127.0.0.1',
    port: simulator.port,
    username: 'admin',
    password: '',
    tls: 'off' as const,
  };
  connection = await ApiConnection.open(address, limits);
  const url = `=url=http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  const fetching = expect(send('/tool/fetch', url)).rejects.toThrow('in time');
  expect(await send('/system/identity/print')).toMatchObject([{ name: 'MikroTik' }]);
  await fetching;
  expect(await send('/system/identity/print')).toMatchObject([{ name: 'MikroTik' }]);
  server.closeAllConnections();
  server.close();
});

test('a file needs its folder, and a folder goes last', async () => {
  await start();
  expect(refusal('/file/add', '=name=shop/a.html', '=contents=x')).toBe(
    'failure: no such directory',
  );
  run('/file/add', '=name=/shop', '=type=directory');
  run('/file/add', '=name=shop/a.html', '=contents=x');
  expect(refusal('/file/remove', '=numbers=shop')).toBe('failure: directory is not empty');
  simulator.faults.diskBytes = 3;
  expect(refusal('/file/set', '=numbers=shop/a.html', '=contents=four')).toMatch(/space/);
  expect(simulator.rows('/file')[2]).toMatchObject({ contents: 'x' });
  run('/file/remove', '=numbers=shop/a.html');
  run('/file/remove', '=numbers=shop');
  expect(names()).toEqual(['hotspot directory']);
});

test('an account comes in from its own addresses only, and a group takes policies there are', async () => {
  await start();
  expect(refusal('/user/group/add', '=name=g', '=policy=api,flying')).toMatch(/value of policy/);
  run('/user/group/add', '=name=g', '=policy=api,read');
  run('/user/add', '=name=here', '=group=g', '=password=x', '=address=127.0.0.0/8');
  run('/user/add', '=name=there', '=group=g', '=password=x', '=address=192.168.88.10/32');
  await expect(logIn('there', 'x')).rejects.toThrow('invalid user name or password');
  await logIn('here', 'x');
  await expect(send('/user/set', '=.id=here', '=password=y')).rejects.toThrow('permissions');
});

test('an export holds what can be set, and none of what comes and goes', async () => {
  await start({ bare: true });
  const before = simulator.exported();
  expect(before['/ip/hotspot']).toEqual([
    {
      name: 'hotspot1',
      interface: 'bridge-hotspot',
      'address-pool': 'hs-pool-1',
      profile: 'hsprof1',
    },
  ]);
  expect(before['/ip/firewall/filter']).toContainEqual(
    expect.objectContaining({ action: 'fasttrack-connection' }),
  );
  simulator.addDevice({ mac: '02:00:00:00:00:01', address: '10.5.50.10' });
  await logIn();
  expect(simulator.exported()).toEqual(before);
  run('/user/set', '=numbers=admin', '=password=new');
  expect(simulator.exported()['/user']).toEqual([
    { name: 'admin', group: 'full', password: 'new' },
  ]);
});
