import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

/** Small facts of the shop, by name. */
export class SettingStore {
  constructor(private readonly db: Knex) {}

  async all(): Promise<Record<string, string>> {
    const rows: { name: string; value: string }[] = await this.db('shop_settings');
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }

  /** Empty text deletes a setting. */
  async set(name: string, value: string): Promise<void> {
    if (value === '') await this.db('shop_settings').where({ name }).delete();
    else await this.db('shop_settings').insert({ name, value }).onConflict('name').merge();
  }

  /** A random value, made when it is first asked for. */
  async secret(name: string): Promise<string> {
    const value = randomBytes(32).toString('base64url');
    await this.db('shop_settings').insert({ name, value }).onConflict('name').ignore();
    return (await this.all())[name]!;
  }
}
