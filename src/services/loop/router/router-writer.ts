import type { AuditValues, Deed, RouterWrite } from '../../../domain/shop/audit-entry';
import { changesLimits, type Departure, type Difference } from '../../../domain/network/diff';
import {
  profileName,
  PROFILE_PREFIX,
  queueOwner,
  type HotspotUser,
  type SimpleQueue,
} from '../../../domain/network/network';
import { formatRates, type Mac } from '../../../domain/units';
import { RouterRefused } from '../../../errors';
import type { Router } from '../../../routeros/router';
import { isTrap } from '../../../routeros/api/trap';
import { QueueOrder } from './queue-order';

/** One write that was made, or that the router refused, as the audit has it. */
export type WriteNote = Deed<RouterWrite>;

export interface Applied {
  writes: WriteNote[];
  refusals: (WriteNote & { error: RouterRefused })[];
  letIn: { mac: Mac; code: string }[];
  /** Devices whose queues were made at, or moved to, the address where the hotspot sees them. */
  placed: { mac: Mac; address: string }[];
  /** Queues that are gone; each was read after its device was logged out. */
  removedQueues: { mac: Mac; queueId: string }[];
}

/**
 * Stores the current counters of these queues; called right before removals, and before and after changes.
 * @param changed how they were changed since the reading before this one
 */
export type ReadCounters = (
  queues: readonly SimpleQueue[],
  changed?: Difference['setQueues'],
) => Promise<void>;

/** Of the queue that all devices share. */
const POOL_WRITES: ReadonlySet<RouterWrite> = new Set([
  'shared queue added',
  'shared queue changed',
  'shared queue removed',
]);

/**
 * Makes the router as desired, in an order that leaves no way around it: the right to log in is removed
 * first, then the session, the cookies, the host, and the queue last, read once more when no traffic flows
 * through it. A refused write is noted and the rest continues; an unreachable router ends it.
 */
export class RouterWriter {
  /** What was done so far; also after a failure partway. */
  readonly applied: Applied = {
    ...{ writes: [], refusals: [], letIn: [], placed: [], removedQueues: [] },
  };

  private readonly order: QueueOrder;
  /** Profiles that were not there although they were known, and are made once for all their users. */
  private readonly profilesAnew = new Map<string, Promise<void>>();

  /** @param profiles names known to exist on this connection; added to */
  constructor(
    private readonly router: Router,
    private readonly profiles: Set<string>,
    private readonly mayWrite: () => Promise<void>,
  ) {
    this.order = new QueueOrder(router);
  }

  /** @throws RouterUnreachable when the connection is lost partway */
  async apply(diff: Difference, readCounters: ReadCounters): Promise<void> {
    await this.moveQueues(diff.moveQueues);
    await this.removeAccess(diff);
    await this.removeQueues(diff.removeQueues, readCounters);
    await this.writeUsers(diff);
    await this.writeSecrets(diff);
    await this.writeQueues(diff, readCounters);
    await this.logIn(diff.logins);
  }

  async removeUsers(users: readonly HotspotUser[]): Promise<void> {
    await this.each(users, (user) => ({
      note: { what: 'user removed', subject: user.name, detail: {} },
      write: () => this.router.removeUser(user.id),
    }));
  }

  private async removeAccess(diff: Difference): Promise<void> {
    await this.removeUsers(diff.removeUsers);
    await this.each(diff.removeSecrets, (secret) => ({
      note: { what: 'PPPoE user removed', subject: secret.name, detail: {} },
      write: () => this.router.removeSecret(secret.id),
    }));
    // Before the sessions: a device logged out because its row now belongs to another must not come back.
    await this.setUsers(diff.setUsers.filter((one) => !changesLimits(one)));
    await this.each(diff.removeActive, (active) => ({
      note: { what: 'logged out', subject: active.mac, detail: { code: active.user } },
      write: () =>
        active.isCall ? this.router.removeCall(active.id) : this.router.removeActive(active.id),
    }));
    await this.removeCookies(diff.forget);
    await this.each(diff.removeHosts, (host) => ({
      note: { what: 'host removed', subject: host.mac, detail: { address: host.address } },
      write: () => this.router.removeHost(host.id),
    }));
  }

  private async removeCookies(departures: readonly Departure[]): Promise<void> {
    if (departures.length === 0) return;
    const leaving = new Set(departures.flatMap(({ mac, code }) => [`${mac} ${code}`]));
    const cookies = await this.router.cookies();
    await this.each(
      cookies.filter((cookie) => leaving.has(`${cookie.mac} ${cookie.user}`)),
      (cookie) => ({
        note: { what: 'cookie removed', subject: cookie.mac, detail: { code: cookie.user } },
        write: () => this.router.removeCookie(cookie.id),
      }),
    );
  }

  private async removeQueues(
    queues: readonly SimpleQueue[],
    readCounters: ReadCounters,
  ): Promise<void> {
    if (queues.length === 0) return;
    await readCounters(queues);
    await this.each(queues, (queue) => ({
      note: { what: 'queue removed', subject: queueOwner(queue) ?? queue.name, detail: {} },
      write: () => this.router.removeQueue(queue.id),
      done: () => {
        const mac = queueOwner(queue);
        if (mac) this.applied.removedQueues.push({ mac, queueId: queue.id });
      },
    }));
  }

  private async writeUsers(diff: Difference): Promise<void> {
    await this.ensureProfiles(diff.addUsers);
    await this.each(diff.addUsers, (user) => ({
      note: { what: 'user added', subject: user.name, detail: { profile: user.profile } },
      write: () => this.withProfile(user.profile, () => this.router.addUser(user)),
    }));
    // After the sessions: if interrupted in between, nothing would show that theirs have the old limits.
    await this.setUsers(diff.setUsers.filter(changesLimits));
  }

  private async writeSecrets({ addSecrets, setSecrets }: Difference): Promise<void> {
    await this.each(addSecrets, (secret) => ({
      note: { what: 'PPPoE user added', subject: secret.name, detail: {} },
      write: () => this.router.addSecret(secret),
    }));
    await this.each(setSecrets, ({ secret, set }) => ({
      note: { what: 'PPPoE user changed', subject: secret.name, detail: withoutPassword(set) },
      write: () => this.router.setSecret(secret.id, set),
    }));
  }

  private async setUsers(users: Difference['setUsers']): Promise<void> {
    await this.ensureProfiles(users.map(({ set }) => set));
    await this.each(users, ({ user, set }) => ({
      note: { what: 'user changed', subject: user.name, detail: withoutPassword(set) },
      write: () => this.withProfile(set.profile, () => this.router.setUser(user.id, set)),
    }));
  }

  /** Somebody may have removed the profile since we last saw it. */
  private async withProfile(name: string | undefined, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (name === undefined || !isTrap(error, 'bad-value')) throw error;
      const anew = this.profilesAnew.get(name) ?? ensureProfile(this.router, name);
      this.profilesAnew.set(name, anew);
      await anew;
      await write();
    }
  }

  private async ensureProfiles(users: readonly { profile?: string }[]): Promise<void> {
    for (const name of new Set(users.flatMap(({ profile }) => profile ?? []))) {
      await this.ensureProfile(name);
    }
  }

  private async ensureProfile(name: string): Promise<void> {
    if (this.profiles.has(name)) return;
    await ensureProfile(this.router, name);
    this.profiles.add(name);
  }

  private async writeQueues(diff: Difference, readCounters: ReadCounters): Promise<void> {
    await this.writePool(diff);
    // Whether a change keeps the counters is not known: what flowed before it is read first, and what they show
    // after it, so that a router that begins them anew takes no more than what flows in between.
    const changed = diff.setQueues.map(({ queue }) => queue);
    if (changed.length > 0) await readCounters(changed);
    await this.each(diff.addQueues, ({ queue, mac, address, beforeId }) => ({
      note: {
        what: 'queue added',
        subject: mac,
        detail: { target: queue.target, maxLimit: formatRates(queue.maxLimit) },
      },
      write: () => this.order.add(queue, beforeId),
      done: () => this.applied.placed.push({ mac, address }),
    }));
    await this.each(diff.setQueues, ({ queue, mac, address, set }) => ({
      note: {
        what: 'queue changed',
        subject: mac,
        detail: {
          ...set,
          ...(set.maxLimit
            ? { maxLimit: formatRates(set.maxLimit), before: formatRates(queue.maxLimit) }
            : {}),
        },
      },
      write: () => this.router.setQueue(queue.id, set),
      done: () => {
        if (address !== undefined) this.applied.placed.push({ mac, address });
      },
    }));
    if (changed.length > 0) await readCounters(changed, diff.setQueues);
    await this.each(diff.removePools, (queue) => ({
      note: { what: 'shared queue removed', subject: queue.name, detail: {} },
      write: () => this.router.removeQueue(queue.id),
    }));
  }

  private async writePool({ addPool, setPool }: Difference): Promise<void> {
    await this.each(addPool, ({ queue, beforeId }) => ({
      note: {
        what: 'shared queue added',
        subject: queue.name,
        detail: { target: queue.target, maxLimit: formatRates(queue.maxLimit) },
      },
      write: () => this.order.add(queue, beforeId),
    }));
    await this.each(setPool, ({ queue, set }) => ({
      note: { what: 'shared queue changed', subject: queue.name, detail: { ...set } },
      write: () => this.router.setQueue(queue.id, set),
    }));
  }

  /** Before anything else: until they are above the others their devices are as fast as the line. */
  private async moveQueues(moves: Difference['moveQueues']): Promise<void> {
    const left = moves.length > 1 ? await this.order.raiseTogether(moves) : moves;
    const raised = moves.filter((move) => !left.includes(move));
    this.applied.writes.push(...raised.map(moveNote));
    await this.each(left, (move) => ({
      note: moveNote(move),
      write: () => this.order.raise(move.queue.id, move.beforeId),
    }));
  }

  /** Nobody is let in whose user or queue was refused: without a queue a device would be fast and free. */
  private async logIn(logins: Difference['logins']): Promise<void> {
    const refused = new Set(this.applied.refusals.map(({ subject }) => subject));
    const ready = logins.filter(({ mac, code }) => !refused.has(mac) && !refused.has(code));
    await this.each(ready, (login) => {
      const { mac, code, address, toAddress } = login;
      const detail: AuditValues['logged in'] = { code };
      return {
        note: { what: 'logged in', subject: mac, detail },
        write: async () => {
          const at = await this.router.login(login);
          if (toAddress !== undefined)
            Object.assign(detail, { address, toAddress, loggedInAt: at });
        },
        done: () => this.applied.letIn.push({ mac, code }),
      };
    });
  }

  /** All at once; the client limits how many are in flight. */
  private async each<T>(
    items: readonly T[],
    describe: (item: T) => { note: WriteNote; write: () => Promise<unknown>; done?: () => void },
  ): Promise<void> {
    const outcomes = await Promise.allSettled(
      items.map(async (item) => {
        const { note, write, done } = describe(item);
        try {
          await this.mayWrite();
          await write();
          this.applied.writes.push(note);
          done?.();
        } catch (error) {
          if (!(error instanceof RouterRefused)) throw error;
          this.applied.refusals.push({ ...note, error });
        }
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

function moveNote({ queue }: Difference['moveQueues'][number]): WriteNote {
  return { what: 'queue moved up', subject: queueOwner(queue) ?? queue.name, detail: {} };
}

/** People who may not log devices in can read the audit. */
function withoutPassword(set: object): Record<string, unknown> {
  return 'password' in set ? { ...set, password: 'new' } : { ...set };
}

/** Makes sure one of our profiles exists; its name says for how many devices. */
export async function ensureProfile(router: Router, name: string): Promise<void> {
  const devices = Number(name.slice(PROFILE_PREFIX.length, -1));
  await router.ensureProfile(profileName(devices), devices);
}

/** Why the router refuses the queue that all devices share, if it does. */
export function refusedPool({ refusals }: Applied): RouterRefused | undefined {
  return refusals.find(({ what }) => POOL_WRITES.has(what))?.error;
}
