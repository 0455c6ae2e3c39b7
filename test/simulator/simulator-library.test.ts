import { RouterOSAPI } from 'node-routeros';
import { Simulator } from '../../src/simulator/simulator';

/**
 * A stranger's client, unmodified: it has never seen our codec. It knows no `!empty`, so a version before 7.18.
 */

let simulator: Simulator;
let api: RouterOSAPI;

afterEach(async () => {
  await api.close();
  await simulator.stop();
});

describe.each(['6.49.18', '7.17.2'])('on RouterOS %s', (version) => {
  beforeEach(async () => {
    simulator = await Simulator.start({ version, password: 'secret' });
    const { port } = simulator;
    api = new RouterOSAPI({ host: '127.0.0.1', port, user: 'admin', password: 'secret' });
    await api.connect();
  });

  test('adds, prints, finds, sets and removes', async () => {
    const words = ['=name=q', '=target=10.5.50.7', '=max-limit=1M/2M'];
    const [added] = (await api.write('/queue/simple/add', words)) as { ret: string }[];
    const id = `=.id=${added!.ret}`;
    expect(await api.write('/queue/simple/find', ['?name=q'])).toEqual([added]);
    await api.write('/queue/simple/set', [id, '=comment=pisonet:x']);
    const limit = await api.write('/queue/simple/get', [id, '=value-name=max-limit']);
    expect(limit).toEqual([{ ret: '1000000/2000000' }]);
    expect(await api.write('/queue/simple/print', ['?name=q'])).toMatchObject([
      { '.id': added!.ret, target: '10.5.50.7/32', comment: 'pisonet:x' },
    ]);
    await api.write('/queue/simple/remove', [id]);
    expect(await api.write('/queue/simple/print', ['?name=q'])).toEqual([]);
  });

  test('hears of what is added, changed and removed, until it has heard enough', async () => {
    const heard: Record<string, string>[] = [];
    let onNews: () => void = () => undefined;
    const stream = api.stream(
      ['/ip/hotspot/user/listen', '=.proplist=.id,name,comment'],
      (error: unknown, row: unknown) => {
        // When all is quiet it makes up a reply without rows.
        if (error || Array.isArray(row)) return;
        heard.push(row as Record<string, string>);
        onNews();
      },
    );
    const heardOf = async (count: number) => {
      while (heard.length < count) await new Promise<void>((resolve) => (onNews = resolve));
      return heard.at(-1);
    };
    const [added] = (await api.write('/ip/hotspot/user/add', ['=name=ann'])) as { ret: string }[];
    expect(await heardOf(1)).toEqual({ '.id': added!.ret, name: 'ann' });
    await api.write('/ip/hotspot/user/set', [`=.id=${added!.ret}`, '=comment=vip']);
    expect(await heardOf(2)).toEqual({ '.id': added!.ret, name: 'ann', comment: 'vip' });
    await api.write('/ip/hotspot/user/remove', [`=.id=${added!.ret}`]);
    expect(await heardOf(3)).toEqual({ '.id': added!.ret, '.dead': 'yes' });
    await stream.stop();
    await api.write('/ip/hotspot/user/add', ['=name=ben']);
    expect(heard).toHaveLength(3);
  });

  test('gets its traps', async () => {
    await api.write('/ip/hotspot/user/add', ['=name=ann']);
    await expect(api.write('/ip/hotspot/user/add', ['=name=ann'])).rejects.toThrow(
      'already have user with this name for this server',
    );
  });

  test('many commands at once', async () => {
    const names = Array.from({ length: 100 }, (_, at) => `user${at}`);
    await Promise.all(names.map((name) => api.write('/ip/hotspot/user/add', [`=name=${name}`])));
    expect(simulator.users().map(({ name }) => name)).toEqual(names);
  });

  test('letters of the code page it writes in come back as they were', async () => {
    await api.write('/ip/hotspot/user/add', ['=name=ann', '=comment=Señora Peña, 5 €']);
    const rows = await api.write('/ip/hotspot/user/print', ['=.proplist=comment', '?name=ann']);
    expect(rows).toEqual([{ comment: 'Señora Peña, 5 €' }]);
  });

  test('a wrong password', async () => {
    const { port } = simulator;
    const stranger = new RouterOSAPI({ host: '127.0.0.1', port, user: 'admin', password: 'guess' });
    await expect(stranger.connect()).rejects.toThrow();
    await stranger.close();
  });
});
