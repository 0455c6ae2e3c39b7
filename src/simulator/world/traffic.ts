import ipaddr from 'ipaddr.js';
import { readPair, type UpDown } from '../../routeros/api/values';
import { roomIn } from './hotspot-admission';
import type { Personality } from '../engine/personality';
import { MatchIndex, readTargets } from '../engine/match-index';
import { shareOut, type Claim } from './sharing';
import { UPLINK_INTERFACE, type Queue, type SessionState, type Station } from './states';
import type { Values } from '../engine/table';
import { referenced, type Tables } from './tables';

/**
 * Who gets which rate, and where the bytes are counted. Nothing runs on a timer: a flow is brought up to
 * date when it is read or something about it changes.
 */
export class Traffic {
  private readonly roots = new MatchIndex<Queue>();
  /** Everything that ever went through, by the customers' interface, also of devices that are gone. */
  private readonly passed = new Map<string, UpDown>();

  constructor(
    private readonly tables: Tables,
    private readonly now: () => number,
    /** Called whenever a flow or its rate is new, to compute when its session will end. */
    private readonly onChange: (station: Station) => void,
    private readonly personality: Personality,
    /** Bytes of API sessions since this was last called, by the address at their other end. */
    private readonly ownTraffic: () => [address: string, bytes: UpDown][],
  ) {}

  /** A queue is new or was changed: only devices it can concern are matched again. */
  queueChanged(queue: Queue): void {
    const { state, values } = queue;
    const stations = this.concerned(queue);
    state.index?.delete(queue);
    state.targets = readTargets(values['target'] ?? '');
    state.maxLimit = readPair(values['max-limit']) ?? { up: 0, down: 0 };
    state.limitAt = readPair(values['limit-at']) ?? { up: 0, down: 0 };
    state.priority = readPair(values['priority']) ?? { up: 8, down: 8 };
    state.index = this.indexFor(queue);
    state.index?.insert(queue);
    this.rematch(...stations, ...this.concerned(queue));
    this.reshape(queue);
  }

  queueRemoved(queue: Queue): void {
    const stations = this.concerned(queue);
    queue.state.index?.delete(queue);
    queue.state.index = undefined;
    // Children show as invalid from now on, and do not match.
    for (const child of [...queue.state.children.queues]) this.queueChanged(child);
    this.rematch(...stations);
  }

  /** The firewall or the whole list changed. */
  rematchAll(): void {
    this.rematch(...[...this.tables.stations].map(({ state }) => state));
  }

  /** These logged in or out, moved, left, or offer another rate. */
  rematch(...stations: readonly Station[]): void {
    const crowded = new Set<Queue>();
    for (const station of stations) {
      this.count(station);
      const before = station.flow.chain;
      station.flow.chain = station.open && !this.fastTracked(station) ? this.chainFor(station) : [];
      for (const queue of before) queue.state.flows.delete(station);
      for (const queue of station.flow.chain) queue.state.flows.add(station);
      for (const chain of [before, station.flow.chain]) {
        if (isLimited(chain)) crowded.add(chain.at(-1)!);
      }
      this.allow(station);
    }
    crowded.forEach((queue) => this.reshape(queue));
  }

  /** Counts what has flowed until now. */
  count(station: Station): void {
    const { flow } = station;
    const seconds = (this.now() - flow.since) / 1000;
    flow.since = this.now();
    if (seconds <= 0 || (flow.rate.up === 0 && flow.rate.down === 0)) return;
    flow.carry.up += (flow.rate.up / 8) * seconds;
    flow.carry.down += (flow.rate.down / 8) * seconds;
    const whole = { up: Math.floor(flow.carry.up), down: Math.floor(flow.carry.down) };
    flow.carry.up -= whole.up;
    flow.carry.down -= whole.down;
    this.pass(station, whole);
  }

  countAll(): void {
    for (const { state } of this.tables.stations) this.count(state);
    this.countOwn();
  }

  /** What the router itself says and hears passes the queues too, as the manual draws its way. */
  countOwn(): void {
    if (!this.personality.has('queuesCountOwnTraffic')) return;
    for (const [address, bytes] of this.ownTraffic()) {
      const queue = ipaddr.IPv4.isValid(address) ? this.roots.first(address, '') : undefined;
      if (queue && !this.personality.has('queuesCountNothing')) count(queue.state.bytes, bytes);
    }
  }

  /** Bits a second an interface receives and sends right now. */
  through(interfaceName: string): { rx: number; tx: number } {
    const sum = { up: 0, down: 0 };
    for (const { state } of this.tables.stations) {
      if (isVia(interfaceName, state.interface)) count(sum, state.flow.rate);
    }
    return asSeenBy(interfaceName, { up: Math.floor(sum.up), down: Math.floor(sum.down) });
  }

  /** Bytes an interface has received and sent until the last `settleAll`. */
  bytesThrough(interfaceName: string): { rx: number; tx: number } {
    const sum = { up: 0, down: 0 };
    for (const [port, bytes] of this.passed) if (isVia(interfaceName, port)) count(sum, bytes);
    return asSeenBy(interfaceName, sum);
  }

  /** Lets bytes through, up to the session's limit, and returns how many passed. */
  pass(station: Station, wanted: UpDown): UpDown {
    const { session, host, flow } = station;
    const bytes = session ? within(session.state, wanted) : wanted;
    if (bytes.up === 0 && bytes.down === 0) return bytes;
    count(this.passedBy(station.interface), bytes);
    count(station.counted, bytes);
    if (host) count(host.state.bytes, bytes);
    if (!this.personality.has('queuesCountNothing')) {
      for (const queue of flow.chain) count(queue.state.bytes, bytes);
    }
    if (session) {
      count(session.state.bytes, bytes);
      session.state.lastTrafficAt = this.now();
    }
    return bytes;
  }

  /** Whether a rule matches what the device sends, or the answers: either is enough for the connection. */
  private fastTracked({ toAddress: address, interface: port }: Station): boolean {
    const { filters, interfaceLists } = this.tables;
    const sent = { src: address, dst: SOMEWHERE, in: port, out: UPLINK_INTERFACE };
    const answered = { src: SOMEWHERE, dst: address, in: sent.out, out: sent.in };
    const rules = [...filters].filter(
      ({ values }) =>
        values['action'] === 'fasttrack-connection' &&
        values['disabled'] !== 'true' &&
        !['input', 'output'].includes(values['chain']!),
    );
    if (rules.length === 0) return false;
    const members = [...interfaceLists].filter((member) => !member.flag('disabled'));
    const isIn = (list: string, name: string) =>
      members.some(({ values }) => values['list'] === list && values['interface'] === name);
    return rules.some(({ values }) => [sent, answered].some((way) => catches(values, way, isIn)));
  }

  /** By the queues. */
  private seenAt({ address, toAddress }: Station): string {
    return this.personality.has('queuesSeeOwnAddress') ? address : toAddress;
  }

  private passedBy(port: string): UpDown {
    const known = this.passed.get(port);
    if (known) return known;
    const nothing = { up: 0, down: 0 };
    this.passed.set(port, nothing);
    return nothing;
  }

  private indexFor(queue: Queue): MatchIndex<Queue> | undefined {
    if (queue.flag('disabled')) return undefined;
    const parent = queue.values['parent'];
    if (parent === undefined || parent === 'none') return this.roots;
    return referenced(this.tables.queues, parent)?.state.children;
  }

  private concerned(queue: Queue): Set<Station> {
    const { targets, children } = queue.state;
    const everybody = () => [...this.tables.stations].map(({ state }) => state);
    if (children.queues.size > 0 || targets.some(({ kind }) => kind === 'network')) {
      return new Set(everybody());
    }
    const stations = new Set(queue.state.flows);
    const ports = targets.flatMap((target) => (target.kind === 'interface' ? target.name : []));
    // Behind the interface of a PPP user there is none.
    if (ports.some((port) => !port.startsWith('<'))) {
      for (const one of everybody()) if (ports.includes(one.interface)) stations.add(one);
    }
    for (const target of targets) {
      if (target.kind !== 'address') continue;
      const station = this.tables.stationAt.get(target.address);
      if (station) stations.add(station);
      if (this.personality.has('queuesSeeOwnAddress')) {
        for (const one of everybody()) if (one.address === target.address) stations.add(one);
      }
    }
    return stations;
  }

  /** The first queue of the list that fits, then the first of its children that fits, and so on. */
  private chainFor(station: Station): Queue[] {
    const chain: Queue[] = [];
    let index: MatchIndex<Queue> | undefined = this.roots;
    while (index) {
      const match: Queue | undefined = index.first(this.seenAt(station), station.interface);
      if (match) chain.unshift(match);
      index = match?.state.children;
    }
    return chain;
  }

  /** Recomputes the rates below a queue's outermost parent. */
  private reshape(queue: Queue): void {
    const parent = referenced(this.tables.queues, queue.values['parent']);
    if (parent) return this.reshape(parent);
    const stations = [...queue.state.flows];
    for (const station of stations) {
      this.count(station);
      Object.assign(station.flow.rate, station.offered);
    }
    shape(queue);
    stations.forEach(this.onChange);
  }

  private allow(station: Station): void {
    const { up, down } = station.open ? station.offered : { up: 0, down: 0 };
    Object.assign(station.flow.rate, { up, down });
    this.onChange(station);
  }
}

/** An address of the Internet. */
const SOMEWHERE = '203.0.113.80';

function catches(
  rule: Values,
  way: { src: string; dst: string; in: string; out: string },
  isIn: (list: string, name: string) => boolean,
): boolean {
  /** An exclamation mark negates a matcher; one that is not set matches everything. */
  const holds = (name: string, test: (wanted: string) => boolean) => {
    const wanted = rule[name];
    if (wanted === undefined) return true;
    return wanted.startsWith('!') ? !test(wanted.slice(1)) : test(wanted);
  };
  const inside = (address: string) => (wanted: string) => {
    const network = ipaddr.parseCIDR(wanted.includes('/') ? wanted : `${wanted}/32`);
    return ipaddr.parse(address).match(network);
  };
  return (
    holds('src-address', inside(way.src)) &&
    holds('dst-address', inside(way.dst)) &&
    holds('in-interface', (wanted) => wanted === way.in) &&
    holds('out-interface', (wanted) => wanted === way.out) &&
    holds('in-interface-list', (wanted) => isIn(wanted, way.in)) &&
    holds('out-interface-list', (wanted) => isIn(wanted, way.out))
  );
}

/** Whether what customers send by a port passes this interface. */
function isVia(interfaceName: string, port: string): boolean {
  return interfaceName === port || interfaceName === UPLINK_INTERFACE;
}

/** What customers send comes in on their interface, and goes out to the Internet. */
function asSeenBy(interfaceName: string, { up, down }: UpDown): { rx: number; tx: number } {
  return interfaceName === UPLINK_INTERFACE ? { rx: down, tx: up } : { rx: up, tx: down };
}

function isLimited(chain: readonly Queue[]): boolean {
  return chain.some(({ state: { maxLimit } }) => maxLimit.up > 0 || maxLimit.down > 0);
}

/** Children first: a parent shares out what its children let through. */
function shape(queue: Queue): void {
  const { children, flows, maxLimit } = queue.state;
  children.queues.forEach(shape);
  for (const way of ['up', 'down'] as const) {
    if (maxLimit[way] === 0) continue;
    if (wantedBy(flows, way) <= maxLimit[way]) continue;
    const claims = claimsBelow(queue, way);
    const shares = shareOut(maxLimit[way], claims);
    claims.forEach((claim, at) => {
      for (const station of claim.flows) {
        station.flow.rate[way] *= claim.wanted > 0 ? shares[at]! / claim.wanted : 1;
      }
    });
  }
}

function wantedBy(flows: Iterable<Station>, way: keyof UpDown): number {
  let wanted = 0;
  for (const station of flows) wanted += station.flow.rate[way];
  return wanted;
}

/** The children's claims, and that of the queue's own traffic, which has no guarantee. */
function claimsBelow({ state }: Queue, way: keyof UpDown): (Claim & { flows: Set<Station> })[] {
  const own = new Set(state.flows);
  const claims = [...state.children.queues].map((child) => {
    const { flows, limitAt, priority } = child.state;
    for (const station of flows) own.delete(station);
    const wanted = wantedBy(flows, way);
    return { wanted, promised: limitAt[way], priority: priority[way], flows };
  });
  // Packets wait in one queue: who sends more gets more.
  return [...claims, { wanted: wantedBy(own, way), promised: 0, priority: 8, flows: own }];
}

function count(counter: UpDown, bytes: UpDown): void {
  counter.up += bytes.up;
  counter.down += bytes.down;
}

function within(session: SessionState, wanted: UpDown): UpDown {
  const room = roomIn(session);
  let up = Math.min(wanted.up, room.up);
  let down = Math.min(wanted.down, room.down);
  if (up + down > room.total) {
    up = Math.floor((room.total * up) / (up + down));
    down = room.total - up;
  }
  return { up, down };
}
