import { writePair } from '../../routeros/api/values';
import type { TableMenu } from '../engine/menu-engine';
import type { Personality } from '../engine/personality';
import { readRateLimit } from '../engine/rate-limit';
import { CUSTOMER_INTERFACE, type Queue, type QueueState } from './states';
import type { Values } from '../engine/table';
import { referenced, type Tables } from './tables';
import type { Traffic } from './traffic';

/** The queues the hotspot makes by itself. Nobody can edit them, and they usually stand above ours. */
export class DynamicQueues {
  constructor(
    private readonly tables: Tables,
    private readonly traffic: Traffic,
    private readonly menu: TableMenu<QueueState>,
    private readonly personality: Personality,
  ) {}

  /** `<hotspot-USER>` for a login whose profile has a rate limit. */
  forSession(user: string, address: string, profile: Values): Queue | undefined {
    const rates = readRateLimit(profile['rate-limit']);
    if (!rates) return undefined;
    const values = {
      name: this.freeName(`hotspot-${user}`),
      target: `${address}/32`,
      'max-limit': writePair(rates),
      parent: profile['parent-queue'] ?? 'none',
      dynamic: 'true',
    };
    return this.menu.install(values, this.placeFor(profile['insert-queue-before']));
  }

  remove(queue: Queue): void {
    if (!this.tables.queues.has(queue)) return;
    this.tables.queues.remove(queue);
    this.traffic.queueRemoved(queue);
  }

  /** After a boot: no session has a queue, and the servers' own stand on top again. */
  rebuild(): void {
    for (const queue of [...this.tables.queues]) {
      if (queue.flag('dynamic')) this.remove(queue);
    }
    this.followServers();
  }

  /** `hs-<SERVER>`, which catches everybody behind the server's interface. */
  followServers(): void {
    const wanted = new Map<string, Values>();
    for (const { name, values } of this.tables.servers) {
      if (values['disabled'] === 'true' || !this.hasOwnQueue(values['profile'])) continue;
      const target = referenced(this.tables.interfaces, values['interface'])?.name;
      wanted.set(`hs-<${name}>`, { target: target ?? CUSTOMER_INTERFACE });
    }
    for (const queue of [...this.tables.queues]) {
      const stale =
        queue.name.startsWith('hs-<') && queue.flag('dynamic') && !wanted.delete(queue.name);
      if (stale) this.remove(queue);
    }
    for (const [name, values] of wanted) {
      this.menu.install({ name, ...values, dynamic: 'true' }, this.tables.queues.first());
    }
  }

  /** RouterOS 6 always has it; later it may depend on the server profile. */
  private hasOwnQueue(serverProfile: string | undefined): boolean {
    if (this.personality.legacy || this.personality.has('serverQueueAlways')) return true;
    const profile = referenced(this.tables.serverProfiles, serverProfile);
    return profile?.flag('install-hotspot-queue') ?? false;
  }

  private placeFor(place: string | undefined): Queue | undefined {
    const usual = this.personality.has('sessionQueueLast') ? 'bottom' : 'first';
    if ((place ?? usual) === 'bottom') return undefined;
    if (place === undefined || place === 'first') return this.tables.queues.first();
    return referenced(this.tables.queues, place);
  }

  private freeName(base: string): string {
    let name = `<${base}>`;
    for (let copy = 1; this.tables.queues.named(name).length > 0; copy += 1) {
      name = `<${base}-${copy}>`;
    }
    return name;
  }
}
