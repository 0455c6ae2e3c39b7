import type { Clock } from '../clock';
import {
  checkNoticeValue,
  NOTICE_KEYS,
  NOTICE_SECRETS,
  noticeRules,
  OFF,
  type NoticeKey,
  type NoticeRules,
  type NoticeValues,
} from '../domain/notice-rules';
import { InvalidInput } from '../errors';
import type { Log } from '../log';
import type { Stores } from '../store/stores';

const PREFIX = 'notices.';

/** One setting as the owner may see it. */
export interface ShownSetting {
  key: NoticeKey;
  /** Empty for a secret, and where nothing is set. */
  value: string;
  isSecret: boolean;
  isSet: boolean;
  /** Set in the admin; otherwise it comes from the environment. */
  isOwn: boolean;
}

/** How notices go out: what the environment says, and before it what the owner set in the admin. */
export class NoticeSettings {
  constructor(
    private readonly stores: Stores,
    private readonly environment: Readonly<NoticeValues>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** As they are now. */
  async rules(): Promise<NoticeRules> {
    const own = await this.own();
    try {
      return noticeRules({ ...this.environment, ...own });
    } catch (error) {
      // Somebody wrote into the table by hand; the loop must not stand still for that.
      this.log.error({ err: error }, 'settings of the notices in the database make no sense');
      return noticeRules(this.environment);
    }
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
   * Keeps what the owner typed: all of it or nothing. An empty secret stays as it is; any other empty
   * field falls back on the environment.
   * @throws InvalidInput with a line for each value that cannot be used
   */
  async save(typed: NoticeValues, by: string): Promise<void> {
    const own = await this.own();
    const changes: [NoticeKey, string][] = [];
    const wrong: string[] = [];
    for (const key of NOTICE_KEYS) {
      const value = typed[key]?.trim();
      if (value === undefined || (value === '' && NOTICE_SECRETS.includes(key))) continue;
      // What the page showed and nobody touched belongs to the environment still.
      const before = own[key] ?? this.environment[key] ?? '';
      if (value === before) continue;
      const problem = value === '' ? undefined : problemOf(key, value);
      if (problem === undefined) changes.push([key, value]);
      else wrong.push(`${key} ${problem}`);
    }
    if (wrong.length > 0) throw new InvalidInput(wrong.join('\n'));
    if (changes.length === 0) return;
    const at = this.clock.now();
    await this.stores.transaction(async ({ settings, journal, noticeLines }) => {
      for (const [key, value] of changes) await settings.set(PREFIX + key, value);
      await noticeLines.hurry();
      const detail = { changed: changes.map(([key]) => key) };
      await journal.audit([{ at, who: by, what: 'notices set up', subject: 'notices', detail }]);
    });
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

function problemOf(key: NoticeKey, value: string): string | undefined {
  try {
    checkNoticeValue(key, value);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
}
