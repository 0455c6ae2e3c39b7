import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/peers/free-port';
import { built } from '../../support/program/built';
import { FileBooks, PostgresBooks, withBooks, type ChaosBooks } from './books';
import { violations } from './invariants';
import type { RouterFacts, RouterOrder } from './router-process';
import { pause, ServerProcess } from './server-process';
import { FAULTS, POSTGRES_FAULTS, stepsOf, type Step } from './steps';

const PLAN = { name: 'P5', price: '5', validity: '52w', rate_up: '50M', rate_down: '50M' };
const STOCK = 40;
const YEARS_TO_1970_MS = Date.now() - Date.UTC(1970, 0, 2);

export interface ChaosOrder {
  seed: number;
  /** The books are on a server, which crashes and restarts too. */
  isPostgres: boolean;
  /** They are on a small disk of their own, where one may be mounted. */
  isOnSmallDisk: boolean;
}

export interface ChaosFigures {
  seed: number;
  books: 'SQLite' | 'PostgreSQL';
  /** What is full where the disk is: a disk of the books' own, or what the server may write. */
  fullDisk: 'small disk' | 'limit';
  steps: number;
  faults: Record<string, number>;
  redemptions: number;
  refused: number;
  violations: string[];
}

/** @param isOver asked before every step @param tell what goes on, for people */
export async function chaos(
  order: ChaosOrder,
  isOver: (steps: number) => boolean,
  tell: (line: string) => void,
): Promise<ChaosFigures> {
  const { seed, isPostgres } = order;
  const shop = await ChaosShop.open(order);
  const figures: ChaosFigures = {
    ...{ seed, books: isPostgres ? 'PostgreSQL' : 'SQLite', fullDisk: shop.fullDisk },
    ...{ steps: 0, faults: {}, redemptions: 0, refused: 0, violations: [] },
  };
  try {
    for (const step of stepsOf(seed, isPostgres ? POSTGRES_FAULTS : FAULTS)) {
      if (isOver(figures.steps) || figures.violations.length > 0) break;
      tell(`step ${step.number}: ${step.fault} after ${step.faultAfterMs} ms`);
      await shop.take(step);
      figures.steps = step.number;
      figures.faults[step.fault] = (figures.faults[step.fault] ?? 0) + 1;
      const wrong = await shop.check(false);
      figures.violations.push(...wrong.map((one) => `step ${step.number}, ${step.fault}: ${one}`));
    }
    if (figures.violations.length === 0) figures.violations.push(...(await shop.settle()));
    if (figures.violations.length > 0) tell(shop.lastLog);
  } catch (error) {
    tell(shop.lastLog);
    throw error;
  } finally {
    await shop.close();
  }
  return { ...figures, redemptions: shop.promised.size, refused: shop.refused };
}

/** A server, a router, customers and an owner, each as real as they can be. */
class ChaosShop {
  /** Code to device: what customers were told. */
  readonly promised = new Map<string, string>();
  refused = 0;
  private codes: string[] = [];
  private phones = 0;

  private constructor(
    private readonly folder: string,
    private readonly router: ChildProcess,
    private readonly server: ServerProcess,
    private readonly books: ChaosBooks,
  ) {}

  static async open({ isPostgres, isOnSmallDisk }: ChaosOrder): Promise<ChaosShop> {
    const folder = mkdtempSync(join(tmpdir(), 'pisonet-chaos-'));
    const books = isPostgres
      ? await PostgresBooks.start(isOnSmallDisk)
      : new FileBooks(folder, isOnSmallDisk);
    writeFileSync(join(folder, 'profiles.json'), JSON.stringify([PLAN]));
    // Under jest and under tsx alike the router's own file is TypeScript.
    const router = fork(join(__dirname, 'router-process.ts'), { execArgv: ['--import', 'tsx'] });
    const [{ port }] = (await once(router, 'message')) as [RouterFacts];
    const server = new ServerProcess(folder, await freePort(), {
      DATABASE_URL: books.url,
      MIKROTIK_HOST: '127.0.0.1',
      MIKROTIK_PORT: String(port),
    });
    await server.start();
    const shop = new ChaosShop(folder, router, server, books);
    // Every fault comes upon a shop that has a customer, however little the machine gets done between faults.
    await shop.restock();
    await server.rounds(1);
    await shop.customers({ newcomers: 1, copiers: 0 });
    return shop;
  }

  get fullDisk(): ChaosFigures['fullDisk'] {
    return this.books.disk ? 'small disk' : 'limit';
  }

  get lastLog(): string {
    return this.server.log.split('\n').slice(-30).join('\n');
  }

  async take(step: Step): Promise<void> {
    if (this.codes.length <= step.newcomers) await this.restock();
    await this.order({ kind: 'download', bytes: step.bytes, macs: [...this.promised.values()] });
    const work = Promise.all([this.customers(step), this.owner(step)]);
    await pause(step.faultAfterMs);
    await this.strike(step);
    await work;
    if (!this.server.isRunning) await this.server.start();
    // The first round may have begun before all was well again.
    await this.server.rounds(3);
  }

  async check(isLast: boolean): Promise<string[]> {
    const facts = await this.order({ kind: 'tell' });
    return withBooks(this.books, (db) => violations(db, facts, this.promised, isLast));
  }

  /** Holds of redemptions that were cut off run out, and nothing is under way any more. */
  async settle(): Promise<string[]> {
    await this.server.setClock(this.server.clockIsOffByMs + 5 * 60_000);
    await this.server.rounds(3);
    const wrong = await this.check(true);
    const { code, text } = await this.cli('money verify');
    return code === 0 ? wrong : [...wrong, `money verify: ${text}`];
  }

  async close(): Promise<void> {
    await this.server.kill();
    this.router.disconnect();
    await once(this.router, 'exit');
    await this.books.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async customers({
    newcomers,
    copiers,
  }: Pick<Step, 'newcomers' | 'copiers'>): Promise<void> {
    const phones = Array.from({ length: newcomers + copiers }, () => this.newPhone());
    await this.order({ kind: 'join', phones });
    const codes = this.codes.splice(0, newcomers);
    await Promise.all(
      phones.map(async ({ mac, address }, index) => {
        const code = codes[index] ?? codes[0]!;
        const form = { code };
        const answer = await this.server.ask('/portal/redeem', { form, from: address });
        if (answer.location === '/portal/status') this.promised.set(code, mac);
        else this.refused += 1;
      }),
    );
  }

  private newPhone(): { mac: string; address: string } {
    this.phones += 1;
    const [high, low] = [(this.phones >> 7) + 1, (this.phones & 127) + 2];
    const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');
    return { mac: `02:00:00:00:${hex(high)}:${hex(low)}`, address: `127.0.${high}.${low}` };
  }

  private async owner({ owner, pick }: Step): Promise<void> {
    const there = [...this.promised];
    const [code, mac] = there[Math.floor(pick * there.length)] ?? [];
    if (owner === 'make codes') await this.cli('vouchers generate --plan P5 --count 3');
    if (code === undefined) return;
    if (owner === 'limit') await this.cli(`bandwidth set ${mac} --up 300K --down 600K`);
    if (owner === 'revoke') await this.cli(`vouchers revoke ${code}`);
  }

  private async strike({ fault, lastsMs, jumpMs, pick }: Step): Promise<void> {
    const { server } = this;
    switch (fault) {
      case 'kill':
        return server.kill();
      case 'reboot':
      case 'router in 1970':
        return void (await this.order({ kind: 'reboot', clockLost: fault !== 'reboot' }));
      case 'cut':
      case 'silent router':
        await this.order({ kind: fault === 'cut' ? 'cut' : 'silent' });
        await pause(lastsMs);
        return void (await this.order({ kind: 'heal' }));
      case 'full disk':
        return this.fillDisk(lastsMs, pick < 0.5);
      case 'locked books':
        return this.books.lock(lastsMs);
      case 'database crash':
      case 'database restart':
        return this.books.outage(fault === 'database crash' ? 'crash' : 'stop', lastsMs);
      case 'clock forward':
        return server.setClock(server.clockIsOffByMs + jumpMs);
      case 'clock back':
        return server.setClock(server.clockIsOffByMs - jumpMs);
      case 'clock in 1970':
        await server.setClock(-YEARS_TO_1970_MS);
        await pause(lastsMs);
        return server.setClock(0);
      case 'nothing':
    }
  }

  private async fillDisk(ms: number, isUtter: boolean): Promise<void> {
    const { server, books } = this;
    if (books.disk) await books.fill(isUtter);
    else server.limitFiles('0');
    await pause(ms);
    await books.recover();
    server.limitFiles('unlimited');
  }

  private async restock(): Promise<void> {
    await this.cli(`vouchers generate --plan P5 --count ${STOCK}`);
    const unused = { status: 'unused', held_by: null };
    const codes = await withBooks(this.books, (db) =>
      db('vouchers').where(unused).orderBy('code').pluck<string[]>('code'),
    );
    this.codes = codes.filter((code) => !this.promised.has(code));
  }

  private async order(order: RouterOrder): Promise<RouterFacts> {
    const answer = once(this.router, 'message') as Promise<[RouterFacts]>;
    this.router.send(order);
    return (await answer)[0];
  }

  private cli(line: string): Promise<{ code: number | null; text: string }> {
    return this.server.command(built('cli/main.js'), line);
  }
}
