import type { SetupRecord } from '../../domain/setup/setup-record';
import type { SettingStore } from './setting-store';

const PREFIX = 'setup of ';

/** What set-ups did, by router: a replaced router has no record. */
export class SetupRecords {
  constructor(private readonly settings: SettingStore) {}

  async find(router: string): Promise<SetupRecord | undefined> {
    const kept = (await this.settings.all())[PREFIX + router];
    return kept === undefined ? undefined : (JSON.parse(kept) as SetupRecord);
  }

  async any(): Promise<boolean> {
    return (await this.kept()).length > 0;
  }

  /** Has the same records as those, and no others: what routers have does not change with the books. */
  async takeFrom(others: SetupRecords): Promise<void> {
    const theirs = await others.kept();
    for (const [name] of await this.kept()) await this.settings.set(name, '');
    for (const [name, record] of theirs) await this.settings.set(name, record);
  }

  private async kept(): Promise<[string, string][]> {
    const all = Object.entries(await this.settings.all());
    return all.filter(([name]) => name.startsWith(PREFIX));
  }

  async keep(router: string, record: SetupRecord): Promise<void> {
    await this.settings.set(PREFIX + router, JSON.stringify(record));
  }

  async forget(router: string): Promise<void> {
    await this.settings.set(PREFIX + router, '');
  }
}
