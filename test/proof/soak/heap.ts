import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that are in use after garbage collection. */
export interface Heap {
  all: number;
  /** Of these, what V8 made of functions: code, and what it needs to leave that code again. */
  code: number;
}

/** MB without code; `growth` as a part of `second`. */
export interface HeapGrowth {
  second: number;
  last: number;
  growth: number;
  /** What comes on top of both. */
  code: [number, number];
}

/** What is read of a heap snapshot, of which each node is some numbers in a row. */
interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  nodes: number[];
}

/**
 * How big the heap is, and how much of it is code. A program that has run for long has compiled more and
 * more of itself; what it keeps of its work is the rest. Takes some seconds.
 */
export function measureHeap(): Heap {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed: all } = process.memoryUsage();
  const file = join(tmpdir(), `pisonet-heap-${process.pid}.heapsnapshot`);
  try {
    return { all, code: codeIn(JSON.parse(readFileSync(writeHeapSnapshot(file), 'utf8')) as Snapshot) }; // prettier-ignore
  } finally {
    rmSync(file, { force: true });
  }
}

/** @returns `undefined` where it was not measured twice */
export function heapGrowth(
  second: Heap | undefined,
  last: Heap | undefined,
): HeapGrowth | undefined {
  if (!second || !last) return undefined;
  const mb = (bytes: number) => Math.round(bytes / 100_000) / 10;
  const [before, after] = [second.all - second.code, last.all - last.code];
  return {
    ...{ second: mb(before), last: mb(after), growth: after / before - 1 },
    code: [mb(second.code), mb(last.code)],
  };
}

function codeIn({ snapshot: { meta }, nodes }: Snapshot): number {
  const { node_fields: fields, node_types: types } = meta;
  const [width, type, size] = [fields.length, fields.indexOf('type'), fields.indexOf('self_size')];
  const code = types[0].indexOf('code');
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += width) {
    if (nodes[node + type] === code) bytes += nodes[node + size]!;
  }
  return bytes;
}
