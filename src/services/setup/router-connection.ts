import type { Clock } from '../../clock';
import { BadValues, Conflict, InvalidInput, RouterRefused, RouterUnreachable } from '../../errors';
import { isTrap } from '../../routeros/api/trap';
import type { RouterAddress } from '../../routeros/api/dial';
import type { RouterIdentity } from '../../routeros/router';
import type { JournalStore } from '../../store/shop/journal-store';
import type { SetupTools } from './setup-applier';
import { reworded, say, word, type Text } from '../../text';

/** As typed by the owner. */
export interface TypedConnection {
  /** An address or name, with `:PORT` where it is not the usual one. */
  address: string;
  username: string;
  /** Empty keeps the present one, for the same user of the same router. */
  password: string;
  tls: 'off' | 'on' | 'anonymous';
}

const TLS_SETTINGS = { off: 'false', on: 'true', anonymous: 'anonymous' } as const;
/** What the settings are called on the page. */
const LABELS: Readonly<Record<string, Text>> = {
  MIKROTIK_HOST: word('Address'),
  MIKROTIK_PORT: word('Port'),
  MIKROTIK_USERNAME: word('User'),
  MIKROTIK_PASSWORD: word('Password'),
};

/** What the form says in place of the names of settings. */
const FORM_WORDS: Readonly<Record<string, string>> = {
  'check MIKROTIK_HOST': 'check the address',
  'set MIKROTIK_USE_SSL=true': 'choose a different encryption',
  'set MIKROTIK_USE_SSL=false': 'choose no encryption',
};

interface SettingsWriter extends Pick<SetupTools, 'save' | 'masked'> {
  /** The router that settings describe. @throws InvalidInput */
  routerIn(settings: Readonly<Record<string, string>>): RouterAddress | undefined;
}

/** Which router this shop has, as the owner changes it in the admin. It counts from the next start. */
export class RouterConnection {
  constructor(
    private readonly present: RouterAddress | undefined,
    private readonly settings: SettingsWriter,
    /** Logs in and out again. @throws RouterUnreachable, RouterRefused */
    private readonly visit: (address: RouterAddress) => Promise<RouterIdentity>,
    private readonly journal: Pick<JournalStore, 'audit'>,
    private readonly clock: Clock,
  ) {}

  /** What the form begins with; the password is never shown. */
  get form(): Omit<TypedConnection, 'password'> {
    const { present } = this;
    if (!present) return { address: '', username: 'admin', tls: 'off' };
    const { host, port, username, tls } = present;
    const usual = tls === 'off' ? 8728 : 8729;
    return { address: port === usual ? host : `${host}:${port}`, username, tls };
  }

  /**
   * Logs in to the router, and only then writes it into the settings.
   * @returns the router that answered
   * @throws InvalidInput for what cannot be an address, Conflict where the settings come from the
   *   environment, RouterUnreachable or RouterRefused when it does not let us in
   */
  async change(typed: TypedConnection, by: string): Promise<RouterIdentity> {
    const settings = this.settingsOf(typed);
    const [masked] = this.settings.masked(Object.keys(settings));
    if (masked !== undefined) {
      throw new Conflict(say`${masked} is set in the environment of the server: change it there`);
    }
    const address = this.read(settings);
    const router = await this.visit(address).catch((error: unknown) => {
      throw inFormWords(error);
    });
    await this.settings.save(settings);
    const detail = { address: `${address.host}:${address.port}`, user: address.username };
    await this.journal.audit([
      { at: this.clock.now(), who: by, what: 'router connected', subject: router.name, detail },
    ]);
    return router;
  }

  private settingsOf({ address, username, password, tls }: TypedConnection) {
    const [, host = address.trim(), port = ''] = /^([^:]+):(\d+)$/.exec(address.trim()) ?? [];
    const { present } = this;
    const isSame = present?.host === host && present.username === username.trim();
    return {
      MIKROTIK_HOST: host,
      MIKROTIK_PORT: port,
      MIKROTIK_USERNAME: username.trim(),
      MIKROTIK_PASSWORD: password === '' && isSame ? present.password : password,
      MIKROTIK_USE_SSL: TLS_SETTINGS[tls],
    };
  }

  private read(settings: Record<string, string>): RouterAddress {
    if (settings.MIKROTIK_HOST === '') throw new InvalidInput('Address is missing');
    try {
      return this.settings.routerIn(settings)!;
    } catch (error) {
      if (!(error instanceof BadValues)) throw error;
      throw new BadValues(
        error.values,
        ({ name, shown = '', problem }) => say`${LABELS[name] ?? name}${shown} ${problem}`,
      );
    }
  }
}

/** What the commands name by its setting is a field here. */
function inFormWords(error: unknown): unknown {
  if (isTrap(error, 'auth')) {
    const text =
      'The router does not accept this user and password. Use the ones you use in WinBox';
    return new RouterRefused(text, { cause: error });
  }
  if (!(error instanceof RouterUnreachable)) return error;
  return new RouterUnreachable(reworded(error.text, FORM_WORDS), { cause: error });
}
