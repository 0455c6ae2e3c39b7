import type { Clock } from '../../clock';
import {
  formatMailServer,
  parseMailServer,
  typedMailServer,
  type MailServer,
  type TypedMailServer,
} from '../../domain/notices/mail-server';
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
import { BadValues, type BadValue } from '../../errors';
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

/** What a form has: only what it has is changed. The mail server is typed in parts, in place of `SMTP_URL`. */
export type TypedNotices = Omit<NoticeValues, 'SMTP_URL'> & { mailServer?: TypedMailServer };

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
      return { key, value: isSecret || !isSet ? '' : value, isSecret, isSet, isOwn: key in own };
    });
  }

  /** The server that takes the mail, without its password; `undefined` if there is none, or it cannot be read. */
  async mailServer(): Promise<Omit<TypedMailServer, 'password'> | undefined> {
    const server = this.mailServerIn(await this.own());
    if (!server) return undefined;
    const { host, port, login } = server;
    return { host, port: String(port), user: login?.user ?? '' };
  }

  /**
   * Saves what the owner typed: all of it or nothing. An empty secret stays as it is; any other empty field
   * turns its setting off, also where the environment has it.
   * @throws InvalidInput with a line for each value that cannot be used; it begins with the setting's name, or
   *   `SMTP_URL` and the part of the server
   */
  async save({ mailServer, ...typed }: TypedNotices, by: string): Promise<void> {
    const own = await this.own();
    const changes: [NoticeKey, string][] = [];
    const wrong: BadValue[] = [];
    const values: NoticeValues = { ...typed };
    if (mailServer) {
      try {
        values.SMTP_URL = this.addressOf(mailServer, own);
      } catch (error) {
        if (!(error instanceof BadValues)) throw error;
        wrong.push(...error.values.map((one) => ({ ...one, name: `SMTP_URL ${one.name}` })));
      }
    }
    for (const key of NOTICE_KEYS) {
      let value = values[key]?.trim();
      const isKept = value === '' && key !== 'SMTP_URL' && NOTICE_SECRETS.includes(key);
      if (value === undefined || isKept) continue;
      if (value === '' && this.environment[key]) value = OFF;
      // A value shown on the page and not changed still comes from the environment.
      const before = own[key] ?? this.environment[key] ?? '';
      const problem = value === '' ? undefined : noticeProblem(key, value);
      if (value === before && problem === undefined) continue;
      if (problem === undefined) changes.push([key, value]);
      else wrong.push({ name: key, problem });
    }
    if (wrong.length > 0) throw new BadValues(wrong);
    if (changes.length === 0) return;
    const at = this.clock.now();
    await this.stores.transaction(async ({ settings, journal, subscriptions }) => {
      for (const [key, value] of changes) await settings.set(PREFIX + key, value);
      await subscriptions.hurry();
      const detail = { changed: changes.map(([key]) => key) };
      await journal.audit([{ at, who: by, what: 'notices set up', subject: 'notices', detail }]);
    });
  }

  /** @returns empty for no server @throws InvalidInput */
  private addressOf(typed: TypedMailServer, own: NoticeValues): string {
    if (typed.host.trim() === '') return '';
    const present = this.mailServerIn(own);
    const server = typedMailServer(typed, present);
    const isSame = present && formatMailServer(present) === formatMailServer(server);
    // Word for word as it is, which may be shorter: nothing was changed.
    return isSame ? (own.SMTP_URL ?? this.environment.SMTP_URL!) : formatMailServer(server);
  }

  private mailServerIn(own: NoticeValues): MailServer | undefined {
    const text = own.SMTP_URL ?? this.environment.SMTP_URL ?? OFF;
    if (text === OFF || noticeProblem('SMTP_URL', text) !== undefined) return undefined;
    return parseMailServer(text);
  }

  /** Someone edited the table by hand, or another version did; reported once. */
  private noteBroken(broken: SoundRules['broken']): void {
    const settings = broken.map(({ key, why }) => `${key} ${why.toString()}`).join('; ');
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
