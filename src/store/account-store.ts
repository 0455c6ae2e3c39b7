import type { Knex } from 'knex';
import { orConflict } from './database';

export type Role = 'owner' | 'operator' | 'viewer';
export const ROLES: readonly Role[] = ['owner', 'operator', 'viewer'];

export interface StaffAccount {
  id: number;
  name: string;
  role: Role;
  passwordHash: string;
}

export class AccountStore {
  constructor(private readonly db: Knex) {}

  /** @throws Conflict when the name is taken */
  async add(account: Omit<StaffAccount, 'id'>, now: Date): Promise<void> {
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
    const rows: { id: number; name: string; role: Role; password_hash: string }[] =
      await this.db('staff').orderBy('name');
    return rows.map(({ id, name, role, password_hash }) => ({
      id,
      name,
      role,
      passwordHash: password_hash,
    }));
  }
}
