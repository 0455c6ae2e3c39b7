/** A small board is given this many commands at first; no router is given fewer than the least. */
const FIRST = 4;
const LEAST = 2;
/** Of so many answers, more or less, is what they usually take. */
const REMEMBERED = 4;

export interface PaceLimits {
  /** A command that took less shows a router that can take more. */
  fastMs: number;
  /** Answers that usually take this long are a slow router's. */
  usuallySlowMs: number;
  /** One that took longer shows a busy one. */
  slowMs: number;
}

const PACE: PaceLimits = { fastMs: 50, usuallySlowMs: 200, slowMs: 1_000 };

/**
 * How many commands may be under way on one connection: few until the router proved fast, and fewer again
 * when it is busy. Small boards run the commands of one user one after the other, and stall when many wait.
 */
export class Pace {
  private allowed: number;
  private usualMs = 0;

  /** @param most under way, however fast the router is */
  constructor(
    private readonly most: number,
    private readonly limits = PACE,
  ) {
    this.allowed = Math.min(FIRST, most);
  }

  get inFlight(): number {
    return this.allowed;
  }

  /** What answers usually take, ms. */
  get usual(): number {
    return this.usualMs;
  }

  get isSlow(): boolean {
    return this.usualMs > this.limits.usuallySlowMs;
  }

  /** @param tookMs since the answer before it, or since it was sent where nothing else was under way */
  answered(tookMs: number): void {
    const { fastMs, slowMs } = this.limits;
    this.usualMs += (tookMs - this.usualMs) / REMEMBERED;
    if (tookMs > slowMs) this.allowed = Math.max(LEAST, Math.floor(this.allowed / 2));
    else if (tookMs < fastMs) this.allowed = Math.min(this.most, this.allowed + 1);
  }
}
