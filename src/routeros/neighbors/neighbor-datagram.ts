import { fromByteArray } from 'ipaddr.js';

/**
 * The datagrams of MikroTik's neighbor discovery (MNDP): four bytes of header (the last two a sequence number), then
 * fields of a type, a length and a value, both numbers in two bytes with the higher one first. Only the uptime is
 * the other way round.
 */

/** Where routers listen, and whereto they answer. */
export const NEIGHBOR_PORT = 5678;

/** What a router answers to at once; otherwise it tells of itself once a minute. */
export const REFRESH: Readonly<Buffer> = Buffer.alloc(4);

/** What a router says of itself. Anybody on the network can say anything: it is shown, and nothing is done by it. */
export interface Neighbor {
  /** `48:A9:8A:00:00:01`, of the interface that answered. */
  mac: string;
  /** The name the router was given. */
  name: string;
  /** As it says it: `7.19.4 (stable) 2025-07-10 08:00:00`. */
  version: string;
  /** `MikroTik`. */
  platform: string;
  uptimeSeconds: number | null;
  softwareId: string;
  /** `RB951Ui-2HnD`. */
  board: string;
  ipv6: string | null;
  /** Of the router, towards this computer. */
  interface: string;
  /** RouterOS 6 leaves it out; `null` also where the router has no address there. */
  ipv4: string | null;
}

const TYPES = {
  ...{ mac: 1, name: 5, version: 7, platform: 8, uptime: 10 },
  ...{ softwareId: 11, board: 12, ipv6: 15, interface: 16, ipv4: 17 },
} as const;
const HEADER_BYTES = 4;
const FIELD_HEADER_BYTES = 4;
const MAC_BYTES = 6;
/** Longer names are a joke or an attack: a page would drown in them. */
const MOST_LETTERS = 100;

/** Somebody asks who is there; WinBox says a little more in it. */
export function isRefresh(datagram: Buffer): boolean {
  return datagram.subarray(0, HEADER_BYTES).equals(REFRESH) && !readFields(datagram).has(TYPES.mac);
}

/**
 * @returns `undefined` for what names no router, such as a question. Of a datagram that is cut off or wrong, what came
 *   before that is read. Never throws.
 */
export function readNeighbor(datagram: Buffer): Neighbor | undefined {
  const fields = readFields(datagram);
  const mac = fields.get(TYPES.mac);
  if (mac?.length !== MAC_BYTES) return undefined;
  const text = (type: number) => readText(fields.get(type));
  return {
    mac: [...mac].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':'),
    name: text(TYPES.name),
    version: text(TYPES.version),
    platform: text(TYPES.platform),
    uptimeSeconds: readUptime(fields.get(TYPES.uptime)),
    softwareId: text(TYPES.softwareId),
    board: text(TYPES.board),
    ipv6: readAddress(fields.get(TYPES.ipv6), 16),
    interface: text(TYPES.interface),
    ipv4: readAddress(fields.get(TYPES.ipv4), 4),
  };
}

/** As a router sends it. @param sequence counts its datagrams */
export function writeNeighbor(
  neighbor: Omit<Neighbor, 'ipv4' | 'ipv6'>,
  ipv4: readonly number[] | undefined,
  sequence: number,
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(sequence % 0x1_0000, 2);
  const uptime = Buffer.alloc(4);
  uptime.writeUInt32LE(neighbor.uptimeSeconds ?? 0);
  return Buffer.concat([
    header,
    field(TYPES.mac, Buffer.from(neighbor.mac.replaceAll(':', ''), 'hex')),
    field(TYPES.name, Buffer.from(neighbor.name)),
    field(TYPES.version, Buffer.from(neighbor.version)),
    field(TYPES.platform, Buffer.from(neighbor.platform)),
    field(TYPES.uptime, uptime),
    field(TYPES.softwareId, Buffer.from(neighbor.softwareId)),
    field(TYPES.board, Buffer.from(neighbor.board)),
    field(TYPES.interface, Buffer.from(neighbor.interface)),
    ...(ipv4 ? [field(TYPES.ipv4, Buffer.from(ipv4))] : []),
  ]);
}

function readFields(datagram: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = HEADER_BYTES;
  while (at + FIELD_HEADER_BYTES <= datagram.length) {
    const [type, length] = [datagram.readUInt16BE(at), datagram.readUInt16BE(at + 2)];
    at += FIELD_HEADER_BYTES;
    if (at + length > datagram.length) break;
    // The first of a kind counts: routers send each once.
    if (!fields.has(type)) fields.set(type, datagram.subarray(at, at + length));
    at += length;
  }
  return fields;
}

function field(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(FIELD_HEADER_BYTES);
  header.writeUInt16BE(type);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value]);
}

/** In one line, without what a terminal would obey. */
function readText(value: Buffer | undefined): string {
  const text = value?.toString('utf8') ?? '';
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, MOST_LETTERS);
}

function readUptime(value: Buffer | undefined): number | null {
  return value?.length === 4 ? value.readUInt32LE() : null;
}

function readAddress(value: Buffer | undefined, bytes: number): string | null {
  if (value?.length !== bytes || value.every((byte) => byte === 0)) return null;
  return fromByteArray([...value]).toString();
}
