import { RouterUnreachable } from '../../errors';
import {
  ASSUMPTIONS,
  type Manners,
  type Observed,
  type ReadMenu,
  type Verdict,
} from './assumptions';
import type { Row } from '../api/codec';
import { CommandTimeout } from '../api/connection';
import { reliedOn } from './relied-on';
import type { ApiSender } from '../api/sentences';
import { saysAbsent, Trap } from '../api/trap';
import { saidShape, shapeOf } from './value-shape';

/** Of the file's layout: a reader refuses any other. */
export const REPORT_FORMAT = 1;
/** A property has few shapes; more would only be lengths of texts. */
const MOST_SHAPES = 12;
/** A menu that no router has, to see how an absent one is refused; and a name that no user has. */
const NO_MENU = '/system/pisonet-no-such-menu';
const NO_USER = '?name=pisonet no such user';

export interface PropertyReport {
  /** In how many of the rows it is. */
  present: number;
  /** What its values look like, and how often. */
  shapes: Record<string, number>;
}

export interface MenuReport {
  menu: string;
  state: ReadMenu['state'];
  /** The router's own words, where it refused. */
  said?: string;
  category?: number;
  rows: number;
  tookMs: number;
  properties: Record<string, PropertyReport>;
}

/** What can be told of a router without telling whose it is. */
export interface RouterReport {
  format: typeof REPORT_FORMAT;
  /** Only the day. */
  date: string;
  router: {
    version: string;
    board: string;
    kind: 'board' | 'chr' | 'x86' | 'unknown';
    architecture: string;
    packages: string[];
  };
  manners: Manners;
  menus: MenuReport[];
  assumptions: { id: string; sentence: string; verdict: Verdict }[];
  /** Why the rest was not read, where the router went away. */
  ended: string | null;
  /** What the shop's routers were seen to do while it ran. */
  tallies?: TallyReport[];
}

/** How often routers of this version and board did something. */
export interface TallyReport {
  version: string;
  board: string;
  what: string;
  value: string;
  times: number;
  /** Of what takes time. */
  meanMs?: number;
  longestMs?: number;
}

/** Reads all menus, one after the other. */
export class RouterReporter {
  constructor(
    private readonly api: ApiSender,
    /** Names that no refusal may repeat. */
    private readonly hidden: readonly string[],
  ) {}

  /**
   * Some forty prints, each sent when the one before it was answered; nothing is written.
   * @param tell the menu that is read, and how far this is
   * @throws RouterUnreachable, RouterRefused where the router is away or does not let us in
   */
  async read(now: Date, tell: (doing: string) => void = () => undefined): Promise<RouterReport> {
    const wanted = await reliedOn();
    const manners: Manners = { empty: null, trapCategory: null, tag: null };
    const menus: (ReadMenu & { properties: readonly string[] })[] = [];
    let ended: string | null = null;
    for (const [index, { menu, properties }] of wanted.entries()) {
      tell(`${menu} (${index + 1} of ${wanted.length})`);
      let read: ReadMenu = { menu, state: 'not asked', rows: [], tookMs: 0 };
      try {
        if (ended === null) read = await this.readMenu(menu, properties, manners);
      } catch (error) {
        // Away from the start is an error; away in the middle leaves what was read.
        if (!(error instanceof RouterUnreachable) || menus.length === 0) throw error;
        ended = saidShape(error.message, this.hidden);
      }
      menus.push({ ...read, properties });
    }
    if (ended === null) await this.learnManners(manners).catch(() => undefined);
    const observed: Observed = { menus: new Map(menus.map((one) => [one.menu, one])), manners };
    return {
      format: REPORT_FORMAT,
      date: now.toISOString().slice(0, 10),
      router: aboutRouter(observed),
      manners,
      menus: menus.map((one) => this.menuReport(one)),
      assumptions: ASSUMPTIONS.map(({ id, sentence, check }) => ({
        ...{ id, sentence, verdict: check(observed) },
      })),
      ended,
    };
  }

  /** @throws RouterUnreachable, and a refused login */
  private async readMenu(
    menu: string,
    properties: readonly string[],
    manners: Manners,
  ): Promise<ReadMenu> {
    const startedMs = performance.now();
    const took = () => Math.round(performance.now() - startedMs);
    try {
      const words = [`${menu}/print`, `=.proplist=${properties.join(',')}`];
      const rows = await this.send(words, manners);
      return { menu, state: 'present', rows, tookMs: took() };
    } catch (error) {
      if (error instanceof CommandTimeout)
        return { menu, state: 'silent', rows: [], tookMs: took() };
      if (!(error instanceof Trap) || error.command === '/login') throw error;
      const state = saysAbsent(error.routerSaid) ? 'absent' : 'refused';
      return { menu, state, rows: [], tookMs: took(), trap: error };
    }
  }

  private async send(words: readonly string[], manners: Manners): Promise<Row[]> {
    const hear = (heard: readonly string[]) => {
      if (heard[0] === '!re') manners.tag ??= tagPlace(heard);
    };
    return (await this.api.send(words, { read: (row: Row) => row, isLong: true, hear })).rows;
  }

  /** How the router says that there is nothing, and that there is no such menu. */
  private async learnManners(manners: Manners): Promise<void> {
    const kinds: string[] = [];
    const hear = ([kind = '']: readonly string[]) => kinds.push(kind);
    const read = () => undefined;
    const nobody = ['/user/print', '=.proplist=name', NO_USER];
    await this.api
      .send(nobody, { read, hear })
      .then(() => (manners.empty = kinds.includes('!empty')))
      .catch(unlessRefused);
    await this.api.send([`${NO_MENU}/print`], { read }).catch((error: unknown) => {
      unlessRefused(error);
      manners.trapCategory = (error as Trap).category !== undefined;
    });
  }

  private menuReport({ properties, ...read }: ReadMenu & { properties: readonly string[] }) {
    const { menu, state, rows, tookMs, trap } = read;
    return {
      ...{ menu, state },
      ...(trap && { said: saidShape(trap.routerSaid, this.hidden) }),
      ...(trap?.category !== undefined && { category: trap.category }),
      ...{ rows: rows.length, tookMs },
      properties: Object.fromEntries(
        properties.map((name) => [name, propertyReport(menu, name, rows)] as const),
      ),
    };
  }
}

function propertyReport(menu: string, name: string, rows: readonly Row[]): PropertyReport {
  const counts = new Map<string, number>();
  let present = 0;
  for (const { [name]: value } of rows) {
    if (value === undefined) continue;
    present += 1;
    const shape = shapeOf(name, value, menu);
    const key = counts.has(shape) || counts.size < MOST_SHAPES ? shape : 'others';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return { present, shapes: Object.fromEntries(counts) };
}

function aboutRouter({ menus }: Observed): RouterReport['router'] {
  const [resource = {}] = menus.get('/system/resource')?.rows ?? [];
  const tell = (name: string, menu = '/system/resource', row: Row = resource) =>
    row[name] === undefined ? '' : shapeOf(name, row[name], menu);
  const board = tell('board-name');
  const packages = '/system/package';
  return {
    version: tell('version'),
    board,
    kind: kindOf(board, menus.get('/system/routerboard')),
    architecture: tell('architecture-name'),
    packages: (menus.get(packages)?.rows ?? [])
      .filter(({ disabled }) => disabled !== 'true')
      .map((row) => tell('name', packages, row)),
  };
}

function kindOf(board: string, routerboard: ReadMenu | undefined): RouterReport['router']['kind'] {
  if (board.startsWith('CHR')) return 'chr';
  if (routerboard?.state === 'absent' || /^x86/.test(board)) return 'x86';
  return routerboard?.state === 'present' ? 'board' : 'unknown';
}

function tagPlace(words: readonly string[]): Manners['tag'] {
  const at = words.findIndex((word) => word.startsWith('.tag='));
  if (at < 0) return null;
  if (at === 1) return 'first';
  return at === words.length - 1 ? 'last' : 'between';
}

/** @throws anything but a refusal */
function unlessRefused(error: unknown): void {
  if (!(error instanceof Trap)) throw error;
}
