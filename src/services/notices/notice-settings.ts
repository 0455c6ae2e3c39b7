import type { Clock } from '../../clock';
import {
  NOTICE_KEYS,
  NOTICE_SECRETS,
  noticeProblem,
  OFF,
  soundRules,
  type NoticeKey,
  type NoticeValues,
  type SoundRules,
} from '../../domain/notices/notice-rules';
import { InvalidInput } from '../../errors';
import type { Log } from '../../log';
import type { Stores } from '../../store/stores';

const PREFIX = 'notices.';

/** One setting as the owner may see it. */
export interface ShownSetting {
  key: NoticeKey;
  /** Empty for a secret, and if nothing is set. */
  value: string;
  isSecret: boolean;
  isSet: boolean;
  /** Set in the admin; otherwise it comes from the environment. */
  isOwn: boolean;
}

/** How notices are sent: what the owner set in the admin overrides the environment. */
export class NoticeSettings {
  private broken = '';

  constructor(
    private readonly stores: Stores,
    private readonly environment: Readonly<NoticeValues>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The current settings. */
  async rules(): Promise<SoundRules> {
    const rules = soundRules(this.environment, await this.own());
    this.noteBroken(rules.broken);
    return rules;
  }

  async shown(): Promise<ShownSetting[]> {
    const own = await this.own();
    return NOTICE_KEYS.map((key) => {
      const value = own[key] ?? this.environment[key] ?? '';
      const isSecret = NOTICE_SECRETS.includes(key);
      const isSet = value !== '' && value !== OFF;
      return { key, value: isSecret ? '' : value, isSecret, isSet, isOwn: key in own };
    });
  }

  /**
   * Saves what the owner typed: all of it or nothing. An empty secret stays as it is; any other empty field
   * falls back on the environment.
   * @throws InvalidInput with a line for each value that cannot be used
   */
  async save(typed: NoticeValues, by: string): Promise<void> {
    const own = await this.own();
    const changes: [NoticeKey, string][] = [];
    const wrong: string[] = [];
    for (const key of NOTICE_KEYS) {
      const value = typed[key]?.trim();
      if (value === undefined || (value === '' && NOTICE_SECRETS.includes(key))) continue;
      // A value shown on the page and not changed still comes from the environment.
      const before = own[key] ?? this.environment[key] ?? '';
      const problem = value === '' ? undefined : noticeProblem(key, value);
      if (value === before && problem === undefined) continue;
      if (problem === undefined) changes.push([key, value]);
      else wrong.push(`${key} ${problem}`);
    }
    if (wrong.length > 0) throw new InvalidInput(wrong.join('\n'));
    if (changes.length === 0) return;
    const at = this.clock.now();
    await this.stores.transaction(async ({ settings, journal, subscriptions }) => {
      for (const [key, value] of changes) await settings.set(PREFIX + key, value);
      await subscriptions.hurry();
      const detail = { changed: changes.map(([key]) => key) };
      await journal.audit([{ at, who: by, what: 'notices set up', subject: 'notices', detail }]);
    });
  }

  /** Someone edited the table by hand, or another version did; reported once. */
  private noteBroken(broken: SoundRules['broken']): void {
    const settings = broken.map(({ key, why }) => `${key} ${why}`).join('; ');
    if (settings !== '' && settings !== this.broken) {
      this.log.error({ settings }, 'settings of the notices in the database make no sense');
    }
    this.broken = settings;
  }

  private async own(): Promise<NoticeValues> {
    const all = await this.stores.settings.all();
    return Object.fromEntries(
      NOTICE_KEYS.flatMap((key) => {
        const value = all[PREFIX + key];
        return value === undefined ? [] : [[key, value]];
      }),
    );
  }
}
