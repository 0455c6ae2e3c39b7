import type { Socket } from 'node:net';
import { writeSentence } from './raw-text';
import type { Faults } from '../engine/faults';

/** Larger writes are not gathered. */
const GATHERED_BYTES = 64 * 1024;
const LONGEST_RANDOM_PIECE = 60;

/** Sends sentences, cut into TCP segments as the faults say. */
export class ChunkedWriter {
  private readonly pieces: Buffer[] = [];
  private pumping = false;
  private afterwards: (() => void) | undefined;
  /** Repeatable randomness: a failing test fails again. */
  private seed = 1;

  constructor(
    private readonly socket: Socket,
    private readonly faults: Faults,
  ) {}

  sentences(sentences: readonly string[][]): void {
    this.bytes(sentences.map(writeSentence));
  }

  /** One buffer a sentence. */
  bytes(buffers: readonly Buffer[]): void {
    if (this.faults.chunking === 'whole' && !this.pumping) {
      for (const block of gather(buffers)) this.put(block);
      return;
    }
    for (const buffer of buffers) this.pieces.push(...this.cut(buffer));
    if (!this.pumping) this.pump();
  }

  /** Runs once everything written so far is on its way. */
  afterAll(then: () => void): void {
    if (this.pumping) this.afterwards = then;
    else this.socket.write(Buffer.alloc(0), () => then());
  }

  /** One piece in a turn of the event loop, so that the other side really reads it alone. */
  private pump(): void {
    const piece = this.pieces.shift();
    this.pumping = piece !== undefined;
    if (piece) {
      this.put(piece);
      setImmediate(() => this.pump());
    } else if (this.afterwards) {
      this.afterAll(this.afterwards);
      this.afterwards = undefined;
    }
  }

  private put(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  private cut(sentence: Buffer): Buffer[] {
    switch (this.faults.chunking) {
      case 'whole':
        return [sentence];
      case 'byte':
        return split(sentence, sentence.keys());
      case 'random':
        return split(sentence, this.randomOffsets(sentence.length));
      case 'cut-last-zero':
        return split(sentence, [sentence.length - 1]);
      case 'cut-prefix':
        return split(sentence, prefixOffsets(sentence));
    }
  }

  private *randomOffsets(length: number): Generator<number> {
    for (let offset = 0; offset < length;) {
      this.seed = (this.seed * 48_271) % 2_147_483_647;
      offset += 1 + (this.seed % LONGEST_RANDOM_PIECE);
      yield offset;
    }
  }
}

/** After the first byte of every word's prefix: in the middle of the longer ones. */
function* prefixOffsets(sentence: Buffer): Generator<number> {
  for (let offset = 0; offset < sentence.length;) {
    const first = sentence[offset]!;
    yield offset + 1;
    if (first < 0x80) offset += 1 + first;
    else if (first < 0xc0) offset += 2 + (sentence.readUInt16BE(offset) & 0x3fff);
    else if (first < 0xe0) offset += 3 + (sentence.readUIntBE(offset, 3) & 0x1f_ffff);
    else offset += 4 + (sentence.readUInt32BE(offset) & 0x0fff_ffff);
  }
}

function split(bytes: Buffer, offsets: Iterable<number>): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const offset of [...offsets, bytes.length]) {
    if (offset <= start) continue;
    pieces.push(bytes.subarray(start, offset));
    start = offset;
  }
  return pieces;
}

function* gather(buffers: readonly Buffer[]): Generator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for (const buffer of buffers) {
    held.push(buffer);
    size += buffer.length;
    if (size < GATHERED_BYTES) continue;
    yield Buffer.concat(held, size);
    [held, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(held, size);
}
