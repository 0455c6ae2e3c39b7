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
    return Object.keys(await this.settings.all()).some((name) => name.startsWith(PREFIX));
  }

  async keep(router: string, record: SetupRecord): Promise<void> {
    await this.settings.set(PREFIX + router, JSON.stringify(record));
  }

  async forget(router: string): Promise<void> {
    await this.settings.set(PREFIX + router, '');
  }
}
