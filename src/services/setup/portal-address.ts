import { isIPv4 } from 'node:net';
import type { Clock } from '../../clock';
import { choosePortal } from '../../domain/shop/portal-choice';
import { parsePortalUrl } from '../../domain/shop/web-address';
import { Conflict, InvalidInput } from '../../errors';
import type { JournalStore } from '../../store/shop/journal-store';
import { ownAddresses } from './own-addresses';
import type { SettingsKeeper } from './setup-applier';
import { say } from '../../text';

/** At which address phones reach this computer, as the owner sets it in the admin. It counts from the next start. */
export class PortalAddress {
  constructor(
    private readonly present: string | undefined,
    private readonly port: number,
    private readonly keeper: Pick<SettingsKeeper, 'save' | 'masked'>,
    private readonly journal: Pick<JournalStore, 'audit'>,
    private readonly clock: Clock,
    /** IPv4 addresses of this computer by which others reach it. */
    private readonly own: () => string[] = ownAddresses,
  ) {}

  /** What the form begins with: the present address, or the likeliest one; empty where none can be told. */
  get proposed(): string {
    return choosePortal(this.present, this.own()[0], this.port) ?? '';
  }

  /** All that could be it. */
  get choices(): string[] {
    const own = this.own().map((address) => `http://${address}:${this.port}`);
    return [...new Set([...(this.present ? [this.present] : []), ...own])];
  }

  /**
   * Whether phones would look for this computer where it is not: at a plain address or port that is none of its
   * own, so that something else has to pass their requests on. Of a name, and of https, nothing is known here.
   */
  leadsElsewhere(typed: string): boolean {
    const url = parsePortalUrl(typed.trim());
    if (url === undefined) return false;
    const { protocol, hostname, port } = new URL(url);
    if (protocol !== 'http:' || !isIPv4(hostname)) return false;
    return !this.own().includes(hostname) || Number(port || 80) !== this.port;
  }

  /**
   * Writes it into the settings.
   * @throws InvalidInput for what is no web address, Conflict where the environment sets it
   */
  async change(typed: string, by: string): Promise<string> {
    const url = parsePortalUrl(typed.trim());
    if (url === undefined) {
      throw new InvalidInput('That is not a web address. Write it like http://192.168.88.10:5000');
    }
    const [masked] = this.keeper.masked(['PORTAL_URL']);
    if (masked !== undefined) {
      throw new Conflict(say`${masked} is set in the environment of the server: change it there`);
    }
    await this.keeper.save({ PORTAL_URL: url });
    const detail = { address: url };
    await this.journal.audit([
      { at: this.clock.now(), who: by, what: 'portal address set', subject: 'portal', detail },
    ]);
    return url;
  }
}
