import type { UpDown } from '../../routeros/api/values';
import { shown, type Property } from '../engine/property';
import type { Entry } from '../engine/table';

/** Bytes in an average packet of ordinary surfing. */
const PACKET_BYTES = 1000;

export function packets({ up, down }: UpDown): UpDown {
  return { up: Math.ceil(up / PACKET_BYTES), down: Math.ceil(down / PACKET_BYTES) };
}

/** `bytes-in` is what the router received from the customer: the customer's upload. */
export function inAndOut<S>(bytesOf: (entry: Entry<S>) => UpDown): Property<S>[] {
  return [
    shown('bytes-in', (entry) => String(bytesOf(entry).up)),
    shown('bytes-out', (entry) => String(bytesOf(entry).down)),
    shown('packets-in', (entry) => String(packets(bytesOf(entry)).up)),
    shown('packets-out', (entry) => String(packets(bytesOf(entry)).down)),
  ];
}
