import type { Finding } from './doctor-finding';
import type { PageFile, RouterSnapshot, ServerProfileRow, Shop } from './doctor-snapshot';

const PUT_PAGES = { fix: 'Let this program put its pages there.', commands: ['setup'] };

const PAGES_FOLDER = 'pisonet-hotspot';
export const FLASH = 'flash';
const LOGIN_PAGE = 'login.html';
const ERROR_TEXTS = 'errors.txt';

/** Every place where our pages could be. */
export const PAGE_PLACES = [PAGES_FOLDER, `${FLASH}/${PAGES_FOLDER}`];

/**
 * Whether two names of a folder of pages may be the same one: since 7.17 some versions show `flash/` in front
 * of a profile's, whatever was written there, and on boards that have no such folder too.
 */
export function isSameFolder(one: string, other: string): boolean {
  return one === other || one === `${FLASH}/${other}` || other === `${FLASH}/${one}`;
}

/** The name of a folder without a `flash/` that only the router's print has. */
export function withoutFlash(folder: string): string {
  return folder.startsWith(`${FLASH}/`) ? folder.slice(FLASH.length + 1) : folder;
}

/** Where a profile's page may stand: boards with `flash` keep what lasts there, and some leave it out. */
export function pageNames(folder: string, names: readonly string[]): string[] {
  const bare = withoutFlash(folder);
  const folders = bare === folder ? [folder, `${FLASH}/${folder}`] : [folder, bare];
  return folders.flatMap((each) => names.map((name) => `${each}/${name}`));
}

/**
 * Whether the file has these contents, as far as the router shows: of large files it only tells the size.
 */
export function holds({ bytes, contents }: Omit<PageFile, 'name'>, wanted: string): boolean {
  if (isShown({ bytes, contents })) return contents === wanted;
  return bytes === Buffer.byteLength(wanted, 'utf8');
}

function isShown({ bytes, contents }: Omit<PageFile, 'name'>): boolean {
  return contents !== undefined && (contents !== '' || bytes === 0);
}

/** Whether the router's own pages lead customers to the portal. */
export function pageFindings(
  { pages: files }: RouterSnapshot,
  { portalUrl, books }: Shop,
  profiles: readonly ServerProfileRow[],
): Finding[] {
  if (!files || !books || portalUrl === undefined) return [];
  const hasFlash = files.some((file) => file.name === FLASH);
  return profiles.flatMap(({ name, folder }): Finding[] => {
    const find = (page: string) =>
      pageNames(folder, [page])
        // On a board with `flash` a folder there is no other one beside it.
        .filter(
          (path) => !hasFlash || path.startsWith(`${FLASH}/`) || !folder.startsWith(`${FLASH}/`),
        )
        .map((path) => files.find((file) => file.name === path))
        .find((file) => file !== undefined);
    const login = find(LOGIN_PAGE);
    const ours = books.pages.find((page) => page.name === LOGIN_PAGE);
    if (login && !isShown(login) && !(ours && holds(login, ours.contents))) {
      return [
        {
          id: 'login-page-unknown',
          severity: 'info',
          title: `Whether the login page in ${folder} leads to the portal cannot be told`,
          meaning:
            'The router does not show files of this size, or not to our user. If the page is not ours, ' +
            'customers see one on which a new code does not work.',
          fix: `Open the hotspot's page with a phone. If it is not the portal: ${PUT_PAGES.fix}`,
          commands: PUT_PAGES.commands,
        },
      ];
    }
    if (!login || (isShown(login) && !leadsTo(portalUrl, login.contents!))) {
      return [
        {
          id: 'login-page',
          severity: 'error',
          title: login
            ? `The router's login page does not lead to the portal (profile "${name}", folder ${folder})`
            : `The router has no login page of ours (profile "${name}", folder ${folder})`,
          meaning:
            "Customers see the router's own page, where a code that nobody has used yet does not work. " +
            `Certain: ${login ? `the page does not name ${portalUrl}` : 'the file is not there'}.`,
          ...PUT_PAGES,
        },
      ];
    }
    const isOfToday = ({ name: page, contents }: { name: string; contents: string }) => {
      const file = find(page);
      return file !== undefined && holds(file, contents);
    };
    const texts = books.pages.find((page) => page.name === ERROR_TEXTS);
    if (texts && tellsWhy(login, isOfToday(texts))) return [tellingPage(folder)];
    if (!PAGE_PLACES.includes(folder)) return [];
    const old = books.pages.filter((page) => !isOfToday(page));
    if (old.length === 0) return [];
    return [
      {
        id: 'old-pages',
        severity: 'info',
        title: `Some of the portal's pages on the router are out of date: ${old.map((page) => page.name).join(', ')}`,
        meaning: 'They still lead to the portal. Certain, as far as the router shows them.',
        fix: 'Let this program renew them.',
        commands: ['setup'],
      },
    ];
  });
}

/** The page names its address, and not as the beginning of another. */
function leadsTo(portalUrl: string, contents: string): boolean {
  const host = new URL(portalUrl).host.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.-])${host}(?![\\w:.-])`, 'i').test(contents);
}

/** A page that says what was wrong with a code tells a guesser which codes are running. */
function tellsWhy({ contents = '' }: Omit<PageFile, 'name'>, hasOurTexts: boolean): boolean {
  return contents.includes('$(error-orig') || (!hasOurTexts && contents.includes('$(error'));
}

function tellingPage(folder: string): Finding {
  return {
    id: 'login-page-tells',
    severity: 'warning',
    title: `The router's login page in ${folder} tells guessers which codes are running`,
    meaning:
      'It answers a code that runs on another phone differently from one that nobody has, and nothing limits ' +
      'how many are tried there. A code found that way can be typed at the portal. Certain: ' +
      `${LOGIN_PAGE} shows what was wrong, and not in the words of our ${ERROR_TEXTS}.`,
    ...PUT_PAGES,
  };
}
