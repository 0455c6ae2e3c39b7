import { TableMenu } from '../engine/menu-engine';
import type { Command, Menu } from '../engine/menu-spec';
import { oneOf, shown, shownAs, text, type Property } from '../engine/property';
import { failure, noSuchItem } from '../engine/refusals';
import type { Entry, Values } from '../engine/table';
import type { FileState, World } from '../world/world';

/** Some of the pages that come with a hotspot. */
const STOCK_PAGES = ['login.html', 'alogin.html', 'status.html', 'md5.js'];
/** Contents longer than this cannot be read or written through the API. */
const MOST_BYTES = { legacy: 4096, modern: 60 * 1024 };

/**
 * `/file`. RouterOS 6 has no `add`: people print into a file, which makes `NAME.txt`, and set its
 * contents, or let `/tool/fetch` write. A file needs an existing folder, and a folder can be removed only
 * when it is empty: whether real versions are as strict is unknown, but a client has to be ready for it.
 */
export function fileMenu(world: World): Menu {
  const { personality } = world;
  const { files } = world.tables;
  const most = personality.legacy ? MOST_BYTES.legacy : MOST_BYTES.modern;
  const changed = personality.atLeast(7, 16) ? 'last-modified' : 'creation-time';
  const menu: TableMenu<FileState> = new TableMenu<FileState>({
    path: '/file',
    table: files,
    verbs: personality.hasFileAdd ? ['add', 'set', 'remove'] : ['set', 'remove'],
    writing: ['ftp'],
    commands: personality.legacy ? { print: printing(() => menu) } : {},
    state: () => ({ changedAt: world.now }),
    check: (draft, entry) => {
      const name = (draft['name'] ?? '').replace(/^\//, '');
      draft['name'] = name;
      if (files.named(name).some((other) => other !== entry))
        throw failure('already have such name');
      if (!entry && !hasFolder(world, name)) throw failure('no such directory');
      const size = sizeOf(draft['contents']);
      if (size > most) throw failure('contents too long');
      if (size - sizeOf(entry?.values['contents']) > freeBytes(world))
        throw failure('not enough space on disk');
    },
    changed: ({ state }) => (state.changedAt = world.now),
    remove: (entry) => {
      const inside = [...files].some(({ name }) => name.startsWith(`${entry.name}/`));
      if (inside) throw failure('directory is not empty');
      files.remove(entry);
    },
    properties: [
      personality.hasFileAdd ? text('name', { required: true }) : shown('name'),
      {
        ...(personality.hasFileAdd ? oneOf<FileState>('type', ['file', 'directory']) : {}),
        name: 'type',
        show: typeOf,
      },
      shown('size', (file) =>
        isFolder(file) ? undefined : String(sizeOf(file.values['contents'])),
      ),
      shown(changed, ({ state }) => personality.dateTime(world.dateOf(state.changedAt))),
      {
        ...text<FileState>('contents', { initial: '' }),
        // What is too long to be written is not shown either.
        show: ({ values }) => {
          const contents = values['contents'] ?? '';
          return sizeOf(contents) > most ? undefined : contents;
        },
      },
      ...shownAs<FileState>('false', 'dynamic'),
    ] satisfies Property<FileState>[],
  });
  const stockFolder = stockPages(world);
  if (personality.hasFlashFolder) menu.install({ name: 'flash', type: 'disk' });
  menu.install({ name: stockFolder, type: 'directory' });
  if (world.options.bare) {
    const stock = '<html><body>$(if chap-id)log in$(endif)</body></html>';
    for (const page of STOCK_PAGES)
      menu.install({ name: `${stockFolder}/${page}`, contents: stock });
  }
  return menu;
}

/** Where the pages stand that come with a hotspot. */
export function stockPages({ personality }: World): string {
  return personality.hasFlashFolder ? 'flash/hotspot' : 'hotspot';
}

/** A file of the router's own writing, in the place of what was there; folders on the way are made. */
export function storeFile(world: World, name: string, contents: string): void {
  const { files } = world.tables;
  const there = files.named(name)[0];
  if (sizeOf(contents) - sizeOf(there?.values['contents']) > freeBytes(world)) {
    throw failure('not enough space on disk');
  }
  const folders = name.split('/').slice(0, -1);
  folders.forEach((_, index) => {
    const folder = folders.slice(0, index + 1).join('/');
    if (files.named(folder).length === 0) {
      files.add({ name: folder, type: 'directory' }, { changedAt: world.now });
    }
  });
  if (there) {
    files.update(there, { ...there.values, contents });
    there.state.changedAt = world.now;
  } else files.add({ name, contents }, { changedAt: world.now });
}

/** `print =file=NAME` writes into a file instead of answering. */
function printing(menu: () => TableMenu<FileState>): Command {
  return {
    needs: ['read'],
    run: (request) => {
      const { file, ...args } = request.args;
      if (file === undefined) return menu().print({ ...request, args });
      if (file === '') throw noSuchItem();
      if (
        !menu()
          .rows()
          .some(({ name }) => name === `${file}.txt`)
      ) {
        menu().install({ name: `${file}.txt` });
      }
      return {};
    },
  };
}

function hasFolder({ tables }: World, name: string): boolean {
  const folder = name.split('/').slice(0, -1).join('/');
  return folder === '' || tables.files.named(folder).some(isFolder);
}

/** What files may still take. */
export function freeBytes({ tables, faults, personality }: World): number {
  const used = [...tables.files].reduce((sum, { values }) => sum + sizeOf(values['contents']), 0);
  return Math.max(0, Math.min(personality.diskBytes, faults.diskBytes) - used);
}

function isFolder(file: Entry<FileState>): boolean {
  return file.values['type'] === 'directory' || file.values['type'] === 'disk';
}

function typeOf(file: Entry<FileState>): string {
  if (isFolder(file)) return file.values['type']!;
  const ending = /\.(\w+)$/.exec(file.name)?.[1];
  return ending ? `.${ending} file` : 'file';
}

function sizeOf(contents: Values[string] = ''): number {
  return Buffer.byteLength(contents, 'utf8');
}
