import type { Knex } from 'knex';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import { orConflict } from '../database/dialect';
import { say } from '../../text';

export type Role = 'owner' | 'manager' | 'operator' | 'viewer';
/** Each may do what those after it may. */
export const ROLES: readonly Role[] = ['owner', 'manager', 'operator', 'viewer'];

export interface StaffAccount {
  id: number;
  name: string;
  role: Role;
  /** Where they work; an owner in the whole shop. */
  scope: Scope;
  passwordHash: string;
  /** Sessions made in an earlier epoch are over. */
  epoch: number;
  /** Base32; `null` if no second step is required. */
  totpSecret: string | null;
  createdAt: Date;
}

export type NewAccount = Pick<StaffAccount, 'name' | 'role' | 'scope' | 'passwordHash'>;

interface StaffRow {
  id: number;
  name: string;
  role: string;
  password_hash: string;
  epoch: number;
  totp_secret: string | null;
  created_at: string;
  site_ids: string | null;
}

export class AccountStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when the name is taken */
  async add(account: NewAccount, now: Date): Promise<void> {
    await orConflict(say`There is an account called ${account.name} already`, () =>
      this.db('staff').insert({
        name: account.name,
        role: account.role,
        site_ids: writeScope(account.scope),
        password_hash: account.passwordHash,
        created_at: now.toISOString(),
      }),
    );
  }

  async list(): Promise<StaffAccount[]> {
    const rows: StaffRow[] = await this.db('staff').orderBy('name');
    return rows.map(toAccount);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.db('staff').first('id')) === undefined;
  }

  async get(id: number): Promise<StaffAccount | undefined> {
    const row: StaffRow | undefined = await this.db('staff').where({ id }).first();
    return row && toAccount(row);
  }

  async find(name: string): Promise<StaffAccount | undefined> {
    const row: StaffRow | undefined = await this.db('staff').where({ name }).first();
    return row && toAccount(row);
  }

  async setRole(id: number, role: Role): Promise<void> {
    await this.db('staff').where({ id }).update({ role });
  }

  async setScope(id: number, scope: Scope): Promise<void> {
    await this.db('staff')
      .where({ id })
      .update({ site_ids: writeScope(scope) });
  }

  /** A new password ends every session that was made with the old one. */
  async setPassword(id: number, passwordHash: string): Promise<void> {
    await this.db('staff').where({ id }).update({ password_hash: passwordHash });
    await this.raiseEpoch(id);
  }

  async raiseEpoch(id: number): Promise<void> {
    await this.db('staff').where({ id }).increment('epoch', 1);
  }

  /** Requires a second step from now on, or with `null` no more. */
  async setTotp(id: number, secret: string | null): Promise<void> {
    await this.db('staff').where({ id }).update({ totp_secret: secret, totp_counter: null });
  }

  /** True for one caller: a code that was used, or an earlier one, is not accepted again. */
  async useTotpCounter(id: number, counter: number): Promise<boolean> {
    const used = await this.db('staff')
      .where({ id })
      .where((fresh) => fresh.whereNull('totp_counter').orWhere('totp_counter', '<', counter))
      .update({ totp_counter: counter });
    return used === 1;
  }

  /** Replaces the old ones. */
  async setRecoveryCodes(staffId: number, hashes: readonly string[]): Promise<void> {
    await this.db('recovery_codes').where({ staff_id: staffId }).delete();
    for (const hash of hashes) {
      await this.db('recovery_codes').insert({ staff_id: staffId, code_hash: hash });
    }
  }

  /** True for one caller: the code is gone with it. */
  async useRecoveryCode(staffId: number, hash: string): Promise<boolean> {
    const used = await this.db('recovery_codes')
      .where({ staff_id: staffId, code_hash: hash })
      .delete();
    return used > 0;
  }

  async countRecoveryCodes(staffId: number): Promise<number> {
    const [row] = await this.db('recovery_codes')
      .where({ staff_id: staffId })
      .count<{ count: number | string }[]>('* as count');
    return Number(row!.count);
  }

  async remove(id: number): Promise<void> {
    await this.db('staff').where({ id }).delete();
  }
}

function writeScope(scope: Scope): string | null {
  return scope === 'whole shop' ? null : JSON.stringify(scope);
}

function readScope(json: string | null): Scope {
  return json === null ? WHOLE_SHOP : (JSON.parse(json) as number[]);
}

function toAccount(row: StaffRow): StaffAccount {
  return {
    id: row.id,
    name: row.name,
    role: row.role as Role,
    scope: row.role === 'owner' ? WHOLE_SHOP : readScope(row.site_ids),
    passwordHash: row.password_hash,
    epoch: row.epoch,
    totpSecret: row.totp_secret,
    createdAt: new Date(row.created_at),
  };
}
