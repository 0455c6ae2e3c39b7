import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * What cannot be undone goes by the shop's clock, which is held while this computer's is in doubt. The places
 * that ask the computer are listed here with what they need it for.
 */
const ASK_THE_COMPUTER: Record<string, string> = {
  'src/clock.ts': 'the clock itself',
  'src/compose.ts':
    'one-time codes, sign-ins, and signatures that other computers make by their clocks',
  'src/compose-router.ts': 'the lease among several computers',
  'src/services/loop/controller.ts': 'the lease among several computers',
  'src/services/loop/controller-lease.ts': 'when this computer started',
  'src/services/loop/round/reconciler.ts': 'whether the router confirms it',
  'src/services/loop/router/known-router.ts': 'whether the router may have restarted',
  'src/services/loop/shop-watch.ts': 'whether the router agrees with it',
  'src/services/loop/time/held-clock.ts': 'the clock that is held',
  'src/services/shop/restore-books.ts': 'the lease of another program',
  'src/store/database/migrate.ts': 'a note of the migrations, which nothing reads',
  'src/store/staff/sign-in-store.ts': 'sign-ins, which only ask for the password again',
  'src/web/staff/staff-sessions.ts': 'sign-ins, which only ask for the password again',
};
const ASKS =
  /\bclock\.wall\b|\bclock: \{ wall\b|\breadonly wall: Clock|\bDate\.now\(\)|\bnew Date\(\)/;

test('nothing else goes by the clock of this computer', () => {
  const root = resolve(__dirname, '../..');
  const found = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => join('src', file))
    .filter((file) => file.endsWith('.ts') && !/^src\/(demo|simulator)\//.test(file))
    .filter((file) => ASKS.test(readFileSync(join(root, file), 'utf8')));
  expect(found.sort()).toEqual(Object.keys(ASK_THE_COMPUTER).sort());
});
