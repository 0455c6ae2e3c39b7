/** What a killed process would not have lived to see. */
export class Killed extends Error {}

/**
 * Makes a program mortal: after a number of calls on these objects everything they do fails, as if the
 * process had been killed at that point. `after` the call: it was carried out, but nobody learned of it.
 */
export class Mortality {
  private callsLeft = Infinity;
  private carriesOut = false;

  /** Kills at the n-th call from now, before or after carrying it out. */
  killAt(call: number, when: 'before' | 'after'): void {
    this.callsLeft = call;
    this.carriesOut = when === 'after';
  }

  /** Alive again, as a new process. */
  revive(): void {
    this.callsLeft = Infinity;
  }

  private get isDead(): boolean {
    return this.callsLeft <= 0;
  }

  /** Puts these asynchronous methods of an object, or of all objects of a class, under this mortality. */
  watch(target: object, names: readonly string[]): void {
    type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;
    const methods = target as Record<string, Method>;
    for (const name of names) {
      const method = methods[name]!;
      const meet = (call: () => Promise<unknown>) => this.meet(name, call);
      methods[name] = function (this: unknown, ...args) {
        return meet(() => method.apply(this, args));
      };
    }
  }

  private async meet(name: string, call: () => Promise<unknown>): Promise<unknown> {
    if (this.isDead) throw new Killed(name);
    this.callsLeft -= 1;
    if (!this.isDead) return call();
    if (this.carriesOut) await call();
    throw new Killed(name);
  }
}

/** Names of the methods of a class. */
export function methodsOf(prototype: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name);
}
