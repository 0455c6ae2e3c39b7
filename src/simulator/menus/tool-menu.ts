import { allowOnly } from '../engine/menu-engine';
import type { Command, Menu, Outcome } from '../engine/menu-spec';
import { readFlagText } from '../engine/property';
import { failure, missing, notByDeviceMode, notPermitted } from '../engine/refusals';
import type { World } from '../world/world';
import { storeFile } from './file-menu';

const ARGUMENTS = [
  ...['url', 'mode', 'dst-path', 'keep-result', 'output', 'check-certificate', 'http-method'],
  ...['http-header-field', 'http-data', 'user', 'password', 'duration'],
];
const FETCH_MS = 10_000;

/** `/tool`: of its commands only `fetch`, which really goes out over HTTP. */
export function toolMenu(world: World): Menu {
  const fetchCommand: Command = {
    needs: ['test'],
    run: ({ args, caller }) => {
      allowOnly(args, ...ARGUMENTS);
      if (world.personality.hasDeviceMode && world.faults.deviceMode === 'home') {
        throw notByDeviceMode();
      }
      const { url, output = 'file' } = args;
      if (url === undefined) throw missing('url');
      const keeps = output === 'file' && readFlagText('keep-result', args['keep-result'] ?? 'yes');
      if (keeps && !(caller.can('ftp') && caller.can('write'))) throw notPermitted();
      const path = args['dst-path'] || (new URL(url).pathname.split('/').at(-1) ?? '');
      const rows = [{ status: 'connecting' }];
      return { rows, later: fetchInto(world, url, keeps ? path.replace(/^\//, '') : undefined) };
    },
  };
  return { path: '/tool', commands: new Map([['fetch', fetchCommand]]) };
}

async function fetchInto(world: World, url: string, path: string | undefined): Promise<Outcome> {
  const contents = await get(world, url);
  if (path !== undefined) storeFile(world, path, contents);
  const kilobytes = String(Math.ceil(Buffer.byteLength(contents) / 1024));
  const row = { status: 'finished', downloaded: kilobytes, total: kilobytes, duration: '1s' };
  return { rows: [row] };
}

async function get({ personality }: World, url: string): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_MS) });
  } catch {
    throw failure(personality.legacy ? 'connection timeout' : 'Fetch failed: connection refused');
  }
  if (answer.status === 200) return answer.text();
  const { status, statusText } = answer;
  throw failure(
    personality.legacy
      ? `closing connection: <${status} ${statusText}> ${new URL(url).host} (4)`
      : `Status ${status}, ${statusText}`,
  );
}
