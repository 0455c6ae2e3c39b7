import { TableMenu, type Command, type Menu } from '../menu-engine';
import { shown, shownAs, text, type Property } from '../property';
import { failure, noSuchItem } from '../refusals';
import { Table } from '../table';
import type { World } from '../world';

type FileState = { changedAt: number };

/** Contents longer than this cannot be read or written through the API. */
const MOST_BYTES = { legacy: 4096, modern: 60 * 1024 };

/**
 * `/file`. RouterOS 6 has no `add`: people print into a file, which makes `NAME.txt`, and set its
 * contents.
 */
export function fileMenu(world: World): Menu {
  const { personality } = world;
  const files = new Table<FileState>();
  const most = personality.legacy ? MOST_BYTES.legacy : MOST_BYTES.modern;
  const changed = personality.atLeast(7, 16) ? 'last-modified' : 'creation-time';
  const menu: TableMenu<FileState> = new TableMenu<FileState>({
    path: '/file',
    table: files,
    verbs: personality.legacy ? ['set', 'remove'] : ['add', 'set', 'remove'],
    writing: ['ftp'],
    commands: personality.legacy ? { print: printing(() => menu, files) } : {},
    state: () => ({ changedAt: world.now }),
    check: (draft, entry) => {
      const name = draft['name']!;
      if (files.named(name).some((other) => other !== entry))
        throw failure('already have such name');
      if (sizeOf(draft['contents']) > most) throw failure('contents too long');
    },
    changed: ({ state }) => (state.changedAt = world.now),
    properties: [
      personality.legacy ? shown('name') : text('name', { required: true }),
      shown('type', ({ name }) => typeOf(name)),
      shown('size', ({ values }) => String(sizeOf(values['contents']))),
      shown(changed, ({ state }) => personality.dateTime(world.dateOf(state.changedAt))),
      text('contents', { initial: '' }),
      ...shownAs<FileState>('false', 'dynamic'),
    ] satisfies Property<FileState>[],
  });
  menu.install({ name: 'hotspot' });
  return menu;
}

/** `print =file=NAME` writes into a file instead of answering. */
function printing(menu: () => TableMenu<FileState>, files: Table<FileState>): Command {
  return {
    needs: ['read'],
    run: (request) => {
      const { file, ...args } = request.args;
      if (file === undefined) return menu().print({ ...request, args });
      if (file === '') throw noSuchItem();
      if (files.named(`${file}.txt`).length === 0) menu().install({ name: `${file}.txt` });
      return {};
    },
  };
}

function typeOf(name: string): string {
  const ending = /\.(\w+)$/.exec(name)?.[1];
  return ending ? `.${ending} file` : 'directory';
}

function sizeOf(contents = ''): number {
  return Buffer.byteLength(contents, 'utf8');
}
