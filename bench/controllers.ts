import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Fleet, until, type Program } from './fleet';
import { startPostgres } from './postgres';

/**
 * Several programs share many routers on one PostgreSQL: `node dist/bench/controllers.js --routers 20 --devices
 * 20 --controllers 3 --seconds 60`. Customers of all routers redeem at all programs; then one program is killed.
 * Prints its figures as one line of JSON; exits 1 when a router was written to twice, or not served for fifteen seconds. The routers
 * are simulated by the bench's own process, on the same cores.
 */

const POLL_SECONDS = 10;
const TICKS_PER_SECOND = 100;
const WATCH_MS = 500;
/** Between two rounds, and until a router is served again. */
const LONGEST_MS = 15_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      routers: { type: 'string', default: '20' },
      devices: { type: 'string', default: '20' },
      controllers: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '60' },
      together: { type: 'string', default: '4' },
    },
  });
  const [routers, devices, controllers] = [values.routers, values.devices, values.controllers].map(
    Number,
  ) as [number, number, number];
  const server = await startPostgres();
  const fleet = await Fleet.make({ url: server.url, routers, devices, pollSeconds: POLL_SECONDS });
  try {
    const programs: Program[] = [];
    for (let n = 0; n < controllers; n += 1) programs.push(await fleet.start());
    const sharedMs = await fleet.untilShared(programs, 120_000);
    const redemptions = await redeemAll(fleet, programs, Number(values.together));

    const before = programs.map(costOf);
    const statementsBefore = await statements(fleet);
    const seconds = Number(values.seconds);
    const gaps = await watchRounds(fleet, seconds * 1000);
    const after = programs.map(costOf);
    const spent = after.reduce((sum, { cpuMs }, n) => sum + cpuMs - before[n]!.cpuMs, 0);
    const statementsAfter = await statements(fleet);

    // As when a machine loses its network: it says nothing, and nobody can know that it is gone.
    const hung = await takeover(fleet, programs[0]!, 'SIGSTOP', programs.slice(1));
    programs[0]!.child.kill('SIGCONT');
    await fleet.untilShared(programs, 120_000);
    const killed = await takeover(fleet, programs[1]!, 'SIGKILL', [programs[0]!, programs[2]!]);
    fleet.look();
    const written = { routers: fleet.writes, audit: await fleet.noted() };
    if (written.routers !== written.audit) fleet.violations.push('writes and audit differ');
    const figures = {
      ...{ bench: 'controllers', routers, devices, controllers, pollSeconds: POLL_SECONDS },
      sharedMs: Math.round(sharedMs),
      redemptions,
      roundGapMs: gaps,
      takeoverMs: { hung, killed },
      perRouter: {
        cpuMsPerSecond: round(spent / seconds / routers),
        statementsPerSecond: round((statementsAfter - statementsBefore) / seconds / routers),
        memoryMb: round(after.reduce((sum, { memoryMb }) => sum + memoryMb, 0) / routers),
      },
      memoryMbEach: after.map(({ memoryMb }) => memoryMb),
      written,
      violations: fleet.violations,
    };
    console.log(JSON.stringify(figures));
    const slowest = Math.max(gaps.max, hung, killed);
    if (fleet.violations.length > 0 || slowest > LONGEST_MS) process.exitCode = 1;
  } finally {
    await fleet.stop();
    await server.stop();
  }
}

/** @returns how long until all of its routers were served again, in ms */
async function takeover(
  fleet: Fleet,
  program: Program,
  signal: 'SIGSTOP' | 'SIGKILL',
  others: readonly Program[],
): Promise<number> {
  const ids = await fleet.of(program);
  const since = new Date();
  program.child.kill(signal);
  return Math.round(await fleet.untilServed(since, others, 60_000, ids));
}

/** Each phone at another program than the one before it. */
async function redeemAll(fleet: Fleet, programs: readonly Program[], together: number) {
  const times: number[] = [];
  let next = 0;
  // The first of each router, then the second of each, as in many shops at once.
  const each = fleet.phones.length / fleet.simulators.length;
  const phones = fleet.phones
    .map((phone, n) => ({ phone, turn: n % each }))
    .toSorted((a, b) => a.turn - b.turn)
    .map(({ phone }) => phone);
  const began = performance.now();
  const worker = async () => {
    for (let n = next++; n < phones.length; n = next++) {
      const { status, ms } = await fleet.redeem(phones[n]!, programs[n % programs.length]!.port);
      times.push(ms);
      if (status !== 303) fleet.violations.push(`a redemption was answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  const offline = fleet.phones.filter(({ device }) => !device.online).length;
  if (offline > 0) fleet.violations.push(`${offline} devices are not online`);
  fleet.look();
  const sorted = times.toSorted((a, b) => a - b);
  const part = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return {
    count: times.length,
    perSecond: round((times.length * 1000) / (performance.now() - began)),
    ...{ p50: part(0.5), p95: part(0.95), p99: part(0.99) },
  };
}

/** How far apart the rounds of each router are, by the books. */
async function watchRounds(fleet: Fleet, forMs: number) {
  const last = new Map<number, number>();
  const gaps: number[] = [];
  const end = performance.now() + forMs;
  await until(async () => {
    for (const { id, observedAt } of await fleet.records()) {
      const at = observedAt?.getTime() ?? 0;
      const before = last.get(id);
      if (before !== undefined && at > before) gaps.push(at - before);
      last.set(id, at);
    }
    await new Promise((done) => setTimeout(done, WATCH_MS));
    return performance.now() >= end;
  }, forMs + 60_000);
  const sorted = gaps.toSorted((a, b) => a - b);
  const part = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return { rounds: gaps.length, p50: part(0.5), p95: part(0.95), max: sorted.at(-1) ?? 0 };
}

/** What a process has used so far, by Linux. */
function costOf({ pid }: Program): { cpuMs: number; memoryMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuMs: (ticks * 1000) / TICKS_PER_SECOND,
    memoryMb: Math.round(Number(kilobytes) / 1024),
  };
}

/** Transactions, which single statements are too. */
function statements(fleet: Fleet): Promise<number> {
  return fleet.count(
    `select xact_commit::int as count from pg_stat_database where datname = current_database()`,
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (require.main === module) void main();
