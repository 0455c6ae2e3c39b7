/** A small board is given this many commands at first; no router is given fewer than the least. */
const FIRST = 4;
const LEAST = 2;
/** A command that took less shows a router that can take more, one that took longer a busy one. */
const FAST_MS = 50;
const SLOW_MS = 1_000;

/**
 * How many commands may be under way on one connection: few until the router proved fast, and fewer again
 * when it is busy. Small boards run the commands of one user one after the other, and stall when many wait.
 */
export class Pace {
  private allowed: number;

  /** @param most under way, however fast the router is */
  constructor(private readonly most: number) {
    this.allowed = Math.min(FIRST, most);
  }

  get inFlight(): number {
    return this.allowed;
  }

  /** @param tookMs since the answer before it, or since it was sent where nothing else was under way */
  answered(tookMs: number): void {
    if (tookMs > SLOW_MS) this.allowed = Math.max(LEAST, Math.floor(this.allowed / 2));
    else if (tookMs < FAST_MS) this.allowed = Math.min(this.most, this.allowed + 1);
  }
}
