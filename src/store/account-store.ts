import type { Knex } from 'knex';
import { orConflict } from './database';

export type Role = 'owner' | 'operator' | 'viewer';
export const ROLES: readonly Role[] = ['owner', 'operator', 'viewer'];

export interface StaffAccount {
  id: number;
  name: string;
  role: Role;
  passwordHash: string;
  /** Sessions made in an earlier epoch are over. */
  epoch: number;
  createdAt: Date;
}

export type NewAccount = Pick<StaffAccount, 'name' | 'role' | 'passwordHash'>;

interface StaffRow {
  id: number;
  name: string;
  role: string;
  password_hash: string;
  epoch: number;
  created_at: string;
}

export class AccountStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when the name is taken */
  async add(account: NewAccount, now: Date): Promise<void> {
    await orConflict(`There is an account called ${account.name} already`, () =>
      this.db('staff').insert({
        name: account.name,
        role: account.role,
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

  /** A new password ends every session that was made with the old one. */
  async setPassword(id: number, passwordHash: string): Promise<void> {
    await this.db('staff').where({ id }).update({ password_hash: passwordHash });
    await this.raiseEpoch(id);
  }

  async raiseEpoch(id: number): Promise<void> {
    await this.db('staff').where({ id }).increment('epoch', 1);
  }

  async remove(id: number): Promise<void> {
    await this.db('staff').where({ id }).delete();
  }
}

function toAccount(row: StaffRow): StaffAccount {
  return {
    id: row.id,
    name: row.name,
    role: row.role as Role,
    passwordHash: row.password_hash,
    epoch: row.epoch,
    createdAt: new Date(row.created_at),
  };
}
