/** How a crowded queue shares its rate out among what stands below it: RouterOS' HTB, for steady flows. */

/** A queue below: bit/s it wants and is guaranteed, and its priority (1 goes first, 8 last). */
export interface Claim {
  wanted: number;
  promised: number;
  priority: number;
}

/**
 * Guarantees first, even above the rate; then the rest by priority, and evenly among equals. Source:
 * MikroTik's documentation of HTB ("limit-at is always granted first"; priority acts on what is left).
 * @returns bit/s for each claim, in their order
 */
export function shareOut(rate: number, claims: readonly Claim[]): number[] {
  const shares = claims.map(({ wanted, promised }) => Math.min(wanted, promised));
  let left = rate - shares.reduce((sum, share) => sum + share, 0);
  const priorities = [...new Set(claims.map(({ priority }) => priority))].sort((a, b) => a - b);
  for (const priority of priorities) {
    let open = claims.flatMap((claim, at) =>
      claim.priority === priority && shares[at]! < claim.wanted ? [at] : [],
    );
    while (left > 0 && open.length > 0) {
      const even = left / open.length;
      const least = Math.min(even, ...open.map((at) => claims[at]!.wanted - shares[at]!));
      for (const at of open) shares[at]! += least;
      left -= least * open.length;
      if (least === even) break;
      open = open.filter((at) => claims[at]!.wanted - shares[at]! > 1e-6);
    }
  }
  return shares;
}
