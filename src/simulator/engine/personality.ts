import { compareVersions, readVersion, type RouterVersion } from '../../routeros/api/values';
import { loginTexts, type LoginRefusal, type Vocabulary } from './login-texts';
import type { Refusal } from './refusals';
import { RefusedLogin } from './refusals';
import {
  BELIEFS,
  DISK_BYTES,
  MACHINES,
  type Belief,
  type Habit,
  type MachineKind,
} from './router-kinds';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const CHALLENGE_LOGIN_UNTIL = { major: 6, minor: 43, patch: 0 };

/** What a router is beside its version. */
export interface Traits {
  /** In which words a login is refused: the page's (`errors.txt`), or those of the API in the field. */
  vocabulary?: Vocabulary;
  machine?: MachineKind;
  /** Without it `/ip/hotspot` does not exist: on small boards it is a package of its own. */
  hasHotspotPackage?: boolean;
  /** Habits in place of what is believed of the version. */
  habits?: Partial<Record<Habit, boolean>>;
  /** Menus it lacks beside those of its kind. */
  absentMenus?: readonly string[];
  /** As a real router gave them, in place of what is known of its kind. */
  boardName?: string;
  architecture?: string;
  hasAvailableFrom?: boolean;
}

/** What a router of this version and kind does differently, as far as a client can tell. */
export class Personality {
  /** `7.19.4`, as asked for. */
  readonly version: string;
  /** As `/system/resource` prints it: `7.19.4 (stable)`. */
  readonly fullVersion: string;
  private readonly parsed: RouterVersion;

  /** @throws Error when the text is not a version. */
  constructor(
    version: string,
    private readonly traits: Traits = {},
  ) {
    const parsed = readVersion(version);
    if (!parsed) throw new Error(`'${version}' is not a RouterOS version such as 7.19 or 6.49`);
    this.parsed = parsed;
    this.version = version.split(' ')[0]!;
    const channel = parsed.major < 7 ? 'long-term' : 'stable';
    this.fullVersion = version.includes('(') ? version : `${version} (${channel})`;
  }

  atLeast(major: number, minor = 0): boolean {
    return compareVersions(this.parsed, { major, minor, patch: 0 }) >= 0;
  }

  get machine(): MachineKind {
    return this.traits.machine ?? 'board';
  }

  get boardName(): string {
    return this.traits.boardName ?? this.ofVersion(MACHINES[this.machine].boardName);
  }

  get architecture(): string {
    return this.traits.architecture ?? this.ofVersion(MACHINES[this.machine].architecture);
  }

  get diskBytes(): number {
    return DISK_BYTES[this.machine] ?? DISK_BYTES.usual;
  }

  /** Only what is in the folder `flash` outlives a restart. */
  get hasFlashFolder(): boolean {
    return this.machine === 'flash';
  }

  get hasHotspotPackage(): boolean {
    return this.traits.hasHotspotPackage ?? true;
  }

  /** Whether this router has no such menu. */
  lacks(path: string): boolean {
    const lacking: string[] = [...MACHINES[this.machine].lacks, ...(this.traits.absentMenus ?? [])];
    if (!this.hasHotspotPackage) lacking.push('/ip/hotspot');
    return lacking.some((menu) => path === menu || path.startsWith(`${menu}/`));
  }

  /** Whether it has a habit that is not proven. */
  has(habit: Habit): boolean {
    const { from, to }: Belief = BELIEFS[habit];
    const isSince = from !== undefined && compareVersions(this.parsed, readVersion(from)!) >= 0;
    const isUntil = to === undefined || compareVersions(this.parsed, readVersion(to)!) <= 0;
    return this.traits.habits?.[habit] ?? (isSince && isUntil);
  }

  /** RouterOS 6: other trap texts, no categories, month names in dates, no `/file/add`. */
  get legacy(): boolean {
    return !this.atLeast(7);
  }

  /** Before 6.43 the password never crossed the wire, and the old exchange was the only one. */
  get challengeLogin(): boolean {
    return compareVersions(this.parsed, CHALLENGE_LOGIN_UNTIL) < 0;
  }

  /** `!empty` before `!done` when a print has nothing to tell. */
  get emptyReply(): boolean {
    return this.atLeast(7, 18);
  }

  /** Files can be made through the API; since which version 7 is from memory. */
  get hasFileAdd(): boolean {
    return this.atLeast(7, 7);
  }

  get hasDeviceMode(): boolean {
    return this.atLeast(7, 17);
  }

  /** `/ip/service` tells how many sessions a service takes. */
  get hasMaxSessions(): boolean {
    return this.atLeast(7, 16);
  }

  /** `/ip/service` has a row for each socket and each connection too. */
  get showsConnections(): boolean {
    return this.atLeast(7, 19);
  }

  /** What was `address` in `/ip/service` is `available-from`; writing takes both. */
  get hasAvailableFrom(): boolean {
    return this.traits.hasAvailableFrom ?? this.atLeast(7, 24);
  }

  /** @param name of the user somebody wants to be */
  refuseLogin(why: LoginRefusal, name: string): Refusal {
    const text = (vocabulary: Vocabulary) => loginTexts(vocabulary, this.legacy)[why](name);
    return new RefusedLogin(text(this.traits.vocabulary ?? 'page'), text('raw'));
  }

  trapAttributes(refusal: Refusal): Record<string, string> {
    const attributes: Record<string, string> = {};
    const withCategory = !this.legacy || refusal.category === 2;
    if (refusal.category !== undefined && withCategory) {
      attributes['category'] = String(refusal.category);
    }
    attributes['message'] = this.legacy ? refusal.legacyMessage : refusal.message;
    return attributes;
  }

  date(at: Date): string {
    const iso = at.toISOString().slice(0, 10);
    if (this.atLeast(7, 10)) return iso;
    return `${MONTHS[at.getUTCMonth()]}/${iso.slice(8)}/${iso.slice(0, 4)}`;
  }

  time(at: Date): string {
    return at.toISOString().slice(11, 19);
  }

  dateTime(at: Date): string {
    return `${this.date(at)} ${this.time(at)}`;
  }

  /** Older versions leave out what can be guessed: the year, and the day when it is today. */
  logTime(at: Date, now: Date): string {
    if (this.atLeast(7, 10)) return this.dateTime(at);
    if (this.date(at) === this.date(now)) return this.time(at);
    return `${this.date(at).slice(0, 6)} ${this.time(at)}`;
  }

  private ofVersion([legacy, modern]: readonly [legacy: string, modern: string]): string {
    return this.legacy ? legacy : modern;
  }
}
