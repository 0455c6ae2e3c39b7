import { InvalidInput } from '../../src/errors';
import { encodeBytes, SentenceDecoder } from '../../src/routeros/api/codec';
import { isCodePage, WordText } from '../../src/routeros/api/word-text';
import { readWord, writeSentence } from '../../src/simulator/api/raw-text';
import { loadConfig } from '../../src/config';
import { TestApp } from '../support/test-app';

/** Texts that WinBox on a Russian Windows stored: bytes of its code page, which are no UTF-8. */

const DAY = Buffer.from('c4e5edfc', 'hex');
const NIGHT = Buffer.from('cdeef7fc', 'hex');
const FLAT = Buffer.from('e2e0f0f2e8f0e0', 'hex');
const HEADER = ':put (",rem,5,1d,5,,Disable,"); {:local x 1}';

let shop: TestApp | undefined;
afterEach(async () => {
  await shop?.close();
  shop = undefined;
});

/** `=name=` and bytes, as the router keeps them. */
const raw = (start: string, bytes: Buffer) => readWord(Buffer.concat([Buffer.from(start), bytes]));
const bytesOf = (value = '') =>
  value === '' ? Buffer.alloc(0) : writeSentence([value]).subarray(1, -1);

async function open(codePage?: string): Promise<TestApp> {
  const env = codePage === undefined ? {} : { MIKROTIK_CODE_PAGE: codePage };
  shop = await TestApp.start({ env });
  const { simulator } = shop;
  for (const [name, user] of [
    [DAY, 'piNo77x'],
    [NIGHT, 'piNo78x'],
  ] as const) {
    const words = [`=on-login=${HEADER}`, '=rate-limit=1M/2M', '=shared-users=1'];
    simulator.run(['/ip/hotspot/user/profile/add', raw('=name=', name), ...words]);
    simulator.run([
      ...['/ip/hotspot/user/add', `=name=${user}`, `=password=${user}`, raw('=profile=', name)],
      raw('=comment=vc-417-11.20.26-', FLAT),
    ]);
  }
  return shop;
}

const take = (how: { dryRun?: boolean; adopt?: boolean }) =>
  shop!.app.services.imports.fromMikhmon({ dryRun: false, adopt: false, ...how, by: 'test' });

test.each([
  [undefined, ['Äåíü', 'Íî÷ü']],
  ['windows-1251', ['День', 'Ночь']],
])(
  'an import with the code page %s shows two profiles of one length apart',
  async (page, names) => {
    await open(page);
    const { profiles } = await take({ dryRun: true });
    expect(profiles.map(({ name }) => name)).toEqual(names);
  },
);

test('what is written back is what was there', async () => {
  await open('windows-1251');
  await take({ adopt: true });
  const { simulator, app } = shop!;
  const profiles = simulator.rows('/ip/hotspot/user/profile').map(({ name }) => bytesOf(name));
  expect(profiles.slice(-2)).not.toContainEqual(Buffer.from('День'));
  expect(profiles).toEqual(expect.arrayContaining([DAY, NIGHT]));
  const comments = simulator.rows('/ip/hotspot/user').map(({ comment }) => bytesOf(comment));
  expect(comments.filter((comment) => comment.includes(FLAT))).toHaveLength(2);

  // A name that was read finds its row, and stands where it is written.
  const { client } = app.routerSide!;
  const print = ['/ip/hotspot/user/profile/print', '=.proplist=.id,name'];
  const all = (await client.send(print, { read: (row) => row })).rows;
  const { name } = all.find((row) => row.name === 'День')!;
  const found = await client.send([...print, `?name=${name}`], { read: (row) => row });
  expect(found.rows).toHaveLength(1);
  const add = ['/ip/hotspot/user/add', '=name=x1', `=profile=${name}`];
  await client.send(add, { read: () => undefined });
  const made = simulator.rows('/ip/hotspot/user').find((row) => row.name === 'x1')!;
  expect(bytesOf(made.profile)).toEqual(DAY);
});

test('UTF-8 stays UTF-8, beside it too', async () => {
  const { simulator, app } = await open('windows-1251');
  simulator.run(['/ip/hotspot/user/add', '=name=u1', '=comment=Aling Nena – ₱5 ñ 文']);
  const { rows } = await app.routerSide!.client.send(
    ['/ip/hotspot/user/print', '=.proplist=comment', '?name=u1'],
    { read: (row) => row },
  );
  expect(rows).toEqual([{ comment: 'Aling Nena – ₱5 ñ 文' }]);
});

test.each(['windows-1252', 'windows-1251', 'windows-1253', 'iso-8859-7', 'koi8-r'])(
  'in %s no two bytes look alike, and each comes back as it was',
  (page) => {
    const text = new WordText(page);
    const bytes = Array.from({ length: 128 }, (_, n) => Buffer.from([0x3d, 0x61, 0x3d, 128 + n]));
    const words = bytes.map((one) => text.read(one));
    expect(new Set(words).size).toBeGreaterThanOrEqual(page === 'windows-1252' ? 128 : 125);
    const whole = Buffer.concat([Buffer.from('=a='), ...bytes.map((one) => one.subarray(3))]);
    const read = text.read(whole);
    let heard: string[] = [];
    const decoder = new SentenceDecoder((sentence) => (heard = sentence), undefined, (one) => text.read(one)); // prettier-ignore
    decoder.push(text.encode([read]));
    expect(heard).toEqual([read]);
    expect(text.encode([read])).toEqual(encodeBytes([whole]));
  },
);

test('a setting that is no code page is refused', () => {
  expect(() => loadConfig({ MIKROTIK_CODE_PAGE: 'windows-9999' })).toThrow(InvalidInput);
  expect(isCodePage('windows-1251')).toBe(true);
});
