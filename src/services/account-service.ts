import { randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import type { Clock } from '../clock';
import { InvalidInput } from '../errors';
import { ROLES, type Role } from '../store/account-store';
import type { Stores } from '../store/stores';

const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;
const SHORTEST_PASSWORD = 8;

/** Staff accounts. There is no default account and no default password. */
export class AccountService {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInput, Conflict when the name is taken */
  async add(account: { name: string; role: string; password: string }, by: string): Promise<void> {
    const name = account.name.trim();
    if (!/^[\p{L}\p{N}._@-]{1,40}$/u.test(name)) {
      throw new InvalidInput(
        `"${account.name}" is not a name for an account: use 1 to 40 letters, digits, dots, dashes or @`,
      );
    }
    const role = parseRole(account.role);
    if (account.password.length < SHORTEST_PASSWORD) {
      throw new InvalidInput(`The password must have at least ${SHORTEST_PASSWORD} characters`);
    }
    const passwordHash = await hashPassword(account.password);
    const now = this.clock.now();
    await this.stores.transaction(async ({ accounts, journal }) => {
      await accounts.add({ name, role, passwordHash }, now);
      const detail = { role };
      await journal.audit([{ at: now, who: by, what: 'account added', subject: name, detail }]);
    });
  }
}

function parseRole(typed: string): Role {
  const role = ROLES.find((known) => known === typed);
  if (!role) throw new InvalidInput(`"${typed}" is not a role; roles are ${ROLES.join(', ')}`);
  return role;
}

/** `scrypt$N$r$p$salt$key`: the cost is kept with the hash, so that it can be raised later. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join(
    '$',
  );
}

// Not scryptSync: a quarter of a second would hold up the loop.
function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
