import type { Knex } from 'knex';

export interface ShopFile {
  type: string;
  content: Buffer;
}

/** Pictures of the shop, by name. */
export class ShopFileStore {
  constructor(private readonly db: Knex) {}

  async find(name: string): Promise<ShopFile | undefined> {
    return this.db<ShopFile & { name: string }>('shop_files')
      .where({ name })
      .first('type', 'content');
  }

  async save(name: string, file: ShopFile): Promise<void> {
    await this.db('shop_files')
      .insert({ name, ...file })
      .onConflict('name')
      .merge();
  }

  async remove(name: string): Promise<void> {
    await this.db('shop_files').where({ name }).delete();
  }
}
