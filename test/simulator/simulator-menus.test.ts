import { Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import { ManualClock } from '../support/manual-clock';

let simulator: Simulator;

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  simulator = await Simulator.start({ clock: new ManualClock(), ...options });
  return simulator;
}

afterEach(() => simulator.stop());

const run = (...words: string[]) => simulator.run(words);
const added = (...words: string[]) => run(...words)[0]![1]!.slice('=ret='.length);
const refusing = (...words: string[]) => {
  const before = simulator.rows('/queue/simple');
  let text = 'nothing was refused';
  try {
    run(...words);
  } catch (error) {
    text = (error as Error).message.slice(words[0]!.length + 2);
  }
  expect(simulator.rows('/queue/simple')).toEqual(before);
  return text;
};

describe('rows', () => {
  test('an id is upper-case hex behind a star, and never used again', async () => {
    await start();
    const ids = Array.from({ length: 11 }, (_, at) =>
      added('/ip/pool/add', `=name=p${at}`, '=ranges=10.0.0.1-10.0.0.9'),
    );
    expect(ids.at(-1)).toBe('*C'); // the factory's own pool is *1
    run('/ip/pool/remove', '=.id=*C');
    expect(added('/ip/pool/add', '=name=again', '=ranges=10.0.0.1')).toBe('*D');
  });

  test('rows are named by id or name, alone or in a list, by .id or numbers', async () => {
    await start();
    for (const name of ['a', 'b', 'c'])
      run('/queue/simple/add', `=name=${name}`, '=target=10.0.0.1');
    run('/queue/simple/disable', '=numbers=a,*2');
    run('/queue/simple/set', '=.id=c', '=comment=x=y');
    expect(simulator.queues().map(({ disabled }) => disabled)).toEqual([true, true, false]);
    expect(simulator.queues()[2]?.comment).toBe('x=y');
    run('/queue/simple/unset', '=.id=c', '=value-name=comment');
    run('/queue/simple/remove', '=numbers=*1,b');
    expect(simulator.queues()).toMatchObject([{ name: 'c', comment: undefined }]);
    expect(refusing('/queue/simple/set', '=.id=*1', '=comment=x')).toBe('no such item');
    expect(refusing('/queue/simple/remove', '=.id=c,*99')).toBe('no such item');
  });

  test('move and place-before decide the order', async () => {
    await start();
    for (const name of ['a', 'b', 'c'])
      run('/queue/simple/add', `=name=${name}`, '=target=10.0.0.1');
    run('/queue/simple/add', '=name=first', '=target=10.0.0.1', '=place-before=*1');
    run('/queue/simple/move', '=numbers=c', '=destination=a');
    run('/queue/simple/move', '=numbers=a');
    expect(simulator.queues().map(({ name }) => name)).toEqual(['first', 'c', 'b', 'a']);
  });

  test('a thousand rows before the same one stay in order', async () => {
    await start();
    run('/queue/simple/add', '=name=last', '=target=10.0.0.1');
    for (let at = 0; at < 1000; at += 1) {
      run('/queue/simple/add', `=name=q${at}`, '=target=10.0.0.1', '=place-before=last');
    }
    expect(simulator.queues().map(({ name }) => name)).toEqual([
      ...Array.from({ length: 1000 }, (_, at) => `q${at}`),
      'last',
    ]);
  });

  test('a renamed profile is renamed where it is used; one that is gone shows as its id', async () => {
    await start();
    const id = added('/ip/hotspot/user/profile/add', '=name=slow');
    run('/ip/hotspot/user/add', '=name=ann', '=profile=slow');
    run('/ip/hotspot/user/profile/set', `=.id=${id}`, '=name=slower');
    expect(simulator.rows('/ip/hotspot/user')[1]?.['profile']).toBe('slower');
    run('/ip/hotspot/user/profile/remove', `=.id=${id}`);
    expect(simulator.rows('/ip/hotspot/user')[1]?.['profile']).toBe(id);
  });
});

describe('values', () => {
  test('are kept the way the router prints them', async () => {
    await start();
    run('/queue/simple/add', '=name=q', '=target=10.5.50.7,10.6.1.9/16', '=max-limit=1M/2M');
    expect(simulator.rows('/queue/simple')[0]).toMatchObject({
      target: '10.5.50.7/32,10.6.0.0/16',
      'max-limit': '1000000/2000000',
      'limit-at': '0/0',
      disabled: 'false',
      parent: 'none',
    });
    run('/ip/hotspot/user/add', '=name=u', '=limit-uptime=26:00:00', '=disabled=yes');
    const user = simulator.rows('/ip/hotspot/user')[1]!;
    expect(user).toMatchObject({ 'limit-uptime': '1d2h', disabled: 'true', 'bytes-in': '0' });
    expect(user).not.toHaveProperty('limit-bytes-total');
    expect(user).not.toHaveProperty('comment');
  });

  test('what RouterOS refuses is refused in its words, and changes nothing', async () => {
    await start();
    run('/queue/simple/add', '=name=q', '=target=10.5.50.7', '=max-limit=1000/1000');
    const set = (...words: string[]) => refusing('/queue/simple/set', '=.id=q', ...words);
    expect(set('=comment=new', '=limit-at=2000/0')).toBe(
      'failure: upload-max-limit less than upload-limit',
    );
    expect(set('=limit-at=0/2000')).toBe('failure: download-max-limit less than download-limit');
    expect(set('=priority=8')).toBe('expected value of download-priority');
    expect(set('=priority=0/9')).toBe('value of priority out of range (1..8)');
    expect(set('=max-limit=fast/slow')).toBe('invalid value for argument max-limit');
    expect(set('=max-limit=1K/1K')).toBe('invalid value for argument max-limit');
    expect(set('=target=02:00:00:00:00:01')).toBe('invalid value for argument target');
    expect(set('=target=attic')).toBe('input does not match any value of target');
    expect(set('=disabled=perhaps')).toBe('invalid value for argument disabled');
    expect(set('=colour=red')).toBe('unknown parameter colour');
    expect(set('=bytes=0/0')).toBe('unknown parameter bytes');
    expect(set('=parent=q')).toBe('failure: a queue can not be its own parent');
    expect(refusing('/queue/simple/add', '=name=q', '=target=10.0.0.1')).toBe(
      'failure: already have such name',
    );
    expect(refusing('/queue/simple/add', '=name=r')).toBe('missing =target=');
    expect(refusing('/queue/simple/set', '=comment=x')).toBe('missing =.id=');
    expect(refusing('/ip/hotspot/user/add', '=name=u', '=mac-address=phone')).toBe(
      'invalid value of mac-address, mac address required',
    );
  });

  test('a user may have a name once for each server', async () => {
    await start();
    run('/ip/hotspot/user/add', '=name=ann', '=server=hotspot1');
    run('/ip/hotspot/user/add', '=name=ann');
    const refusal = 'failure: already have user with this name for this server';
    expect(refusing('/ip/hotspot/user/add', '=name=ann', '=server=all')).toBe(refusal);
    run('/ip/hotspot/user/add', '=name=ben');
    expect(refusing('/ip/hotspot/user/set', '=.id=ben', '=name=ann')).toBe(refusal);
  });

  test('the beginning of a name is enough, unless it fits several', async () => {
    await start();
    for (const name of ['100Megas', '100MegasD', 'slow']) {
      run('/ip/hotspot/user/profile/add', `=name=${name}`);
    }
    run('/ip/hotspot/user/add', '=name=u', '=profile=sl');
    expect(simulator.users()[0]?.profile).toBe('slow');
    run('/ip/hotspot/user/set', '=.id=u', '=profile=100Megas'); // exact wins
    expect(simulator.users()[0]?.profile).toBe('100Megas');
    const set = (profile: string) =>
      refusing('/ip/hotspot/user/set', '=.id=u', `=profile=${profile}`);
    expect(set('100')).toBe(
      'ambiguous value of profile, more than one possible value matches input',
    );
    expect(set('fast')).toBe('input does not match any value of profile');
  });

  test('what the router made itself can be neither changed nor removed', async () => {
    await start({ version: '6.49.18' });
    const own = simulator.queues()[0]!;
    expect(own).toMatchObject({ name: 'hs-<hotspot1>', target: 'bridge-hotspot', dynamic: true });
    expect(refusing('/queue/simple/remove', `=.id=${own.id}`)).toBe("can't remove dynamic");
    expect(refusing('/queue/simple/set', `=.id=${own.id}`, '=comment=x')).toBe(
      'failure: can not change dynamic',
    );
    expect(refusing('/ip/hotspot/user/remove', '=.id=default-trial')).toBe(
      'failure: can not remove default',
    );
    expect(simulator.users()).toEqual([]);
  });
});

describe('print', () => {
  test('takes a proplist, queries, ids and count-only', async () => {
    await start();
    for (const name of ['a', 'b']) run('/queue/simple/add', `=name=${name}`, '=target=10.0.0.1');
    run('/queue/simple/disable', '=.id=b');
    expect(run('/queue/simple/print', '=.proplist=.id,name,nonsense', '?disabled=true')).toEqual([
      ['!re', '=.id=*2', '=name=b'],
      ['!done'],
    ]);
    expect(run('/queue/simple/getall', '=.proplist=name', '=.id=a')).toEqual([
      ['!re', '=name=a'],
      ['!done'],
    ]);
    expect(run('/queue/simple/print', '=count-only=', '?name=a')).toEqual([['!done', '=ret=1']]);
    expect(refusing('/queue/simple/print', '=where=x')).toBe('unknown parameter where');
  });

  test('nothing to print is !empty since 7.18', async () => {
    for (const [version, reply] of [
      ['6.49.18', [['!done']]],
      ['7.17.2', [['!done']]],
      ['7.18', [['!empty'], ['!done']]],
      ['7.19.4', [['!empty'], ['!done']]],
    ] as const) {
      await start({ version });
      expect(run('/queue/simple/print', '?name=nobody')).toEqual(reply);
      expect(run('/queue/simple/print', '=count-only=', '?name=nobody')).toEqual([
        ['!done', '=ret=0'],
      ]);
      expect(run('/system/identity/set', '=name=shop')).toEqual([['!done']]);
      await simulator.stop();
    }
  });
});

describe('versions', () => {
  test('RouterOS 7', async () => {
    await start({ version: '7.19' });
    expect(simulator.rows('/system/resource')[0]?.['version']).toBe('7.19 (stable)');
    expect(simulator.rows('/system/clock')[0]).toMatchObject({
      date: '2026-11-21',
      time: '08:00:00',
    });
    expect(refusing('/ip/attic/print')).toBe('no such command or directory (attic)');
    expect(refusing('/ip/pool/paint')).toBe('no such command');
    expect(run('/file/add', '=name=hotspot/login.html', '=contents=<p>')).toEqual([
      ['!done', '=ret=*2'],
    ]);
    expect(simulator.rows('/file')[1]).toMatchObject({ contents: '<p>', size: '3' });
    expect(refusing('/file/set', '=.id=*2', `=contents=${'x'.repeat(70_000)}`)).toMatch(/too long/);
    run('/log/info', '=message=hello');
    expect(simulator.rows('/log').at(-1)).toMatchObject({
      time: '2026-11-21 08:00:00',
      topics: 'script,info',
      message: 'hello',
    });
  });

  test('RouterOS 6', async () => {
    await start({ version: '6.49.18' });
    expect(simulator.rows('/system/clock')[0]?.['date']).toBe('nov/21/2026');
    expect(simulator.rows('/system/resource')[0]?.['version']).toBe('6.49.18 (long-term)');
    expect(refusing('/ip/attic/print')).toBe('no such command prefix');
    expect(refusing('/queue/simple/set', '=.id=*99', '=comment=x')).toBe('no such item (4)');
    expect(refusing('/queue/simple/add', '=name=q')).toBe('missing value(s) of argument(s) target');
    expect(refusing('/queue/simple/add', '=nonsense=q')).toBe('unknown parameter');
    expect(refusing('/system/device-mode/print')).toBe('no such command prefix');
    expect(refusing('/file/add', '=name=x')).toBe('no such command prefix');
    run('/file/print', '=file=hotspot/login.html');
    run('/file/set', '=numbers=hotspot/login.html.txt', '=contents=<p>');
    expect(simulator.rows('/file')[1]).toMatchObject({ name: 'hotspot/login.html.txt', size: '3' });
  });

  test('a text that is no version is refused', async () => {
    await start();
    await expect(Simulator.start({ version: 'newest' })).rejects.toThrow(
      "'newest' is not a RouterOS",
    );
  });
});

test('a board whose mode forbids the hotspot takes the server and does not run it', async () => {
  await start();
  simulator.addDevice({ mac: '02:00:00:00:00:0B', address: '10.5.50.7' });
  run('/ip/hotspot/user/add', '=name=u');
  simulator.faults.deviceMode = 'home';
  expect(simulator.rows('/system/device-mode')[0]).toMatchObject({
    mode: 'home',
    hotspot: 'false',
    scheduler: 'false',
  });
  expect(simulator.rows('/ip/hotspot')[0]).toMatchObject({
    disabled: 'true',
    comment: 'inactivated, not allowed by device-mode',
  });
  run('/ip/hotspot/add', '=name=second', '=interface=ether2');
  expect(refusing('/ip/hotspot/active/login', '=ip=10.5.50.7', '=user=u')).toBe(
    'failure: not allowed by device-mode',
  );
});
