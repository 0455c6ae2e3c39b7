import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock';
import { tidyLogin } from '../../domain/billing/access';
import { deed, type Deed } from '../../domain/shop/audit-entry';
import { WHOLE_SHOP, type Scope } from '../../domain/shop/scope';
import { Conflict, InvalidInput, NotAllowed, NotFound, TooManyGuesses } from '../../errors';
import {
  ROLES,
  type NewAccount,
  type Role,
  type StaffAccount,
} from '../../store/staff/account-store';
import type { Stores } from '../../store/stores';
import { findSite } from '../shop/sites';
import { Lockout, type Visitor } from './lockout';
import { SecondStep } from './second-step';
import {
  checkPassword,
  hashPassword,
  isPassword,
  nobodysHash,
  PASSWORD_COST,
  type PasswordCost,
} from './passwords';
import { say } from '../../text';

/** A session as far as accounts care: whose, and from which epoch. */
export interface Credential {
  staffId: number;
  epoch: number;
}

export type SignIn =
  | { account: StaffAccount }
  /** The password is right; a code from the phone is needed too. */
  | { halfWay: StaffAccount }
  | { lockedUntil: Date }
  | 'wrong';

interface Typed {
  name: string;
  role: string;
  password: string;
  /** Names of the sites they work at; none for the whole shop. */
  sites?: readonly string[];
}

/** Staff accounts. There is no default account and no default password. */
export class AccountService {
  readonly secondStep: SecondStep;
  private readonly lockout: Lockout;
  private readonly nobodysHash: string;
  /** Shown on the console of this process; never stored. */
  private readonly firstRunToken = randomBytes(24).toString('base64url');

  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly passwordCost: PasswordCost = PASSWORD_COST,
  ) {
    this.nobodysHash = nobodysHash(passwordCost);
    this.lockout = new Lockout(stores, clock);
    this.secondStep = new SecondStep(stores, clock);
  }

  /** @throws InvalidInput, Conflict when the name is taken */
  async add(typed: Typed, by: string): Promise<void> {
    const scope = await this.readScope(typed.sites ?? []);
    const account = await readAccount(typed, this.passwordCost, scope);
    const now = this.clock.now();
    await this.stores.transaction((stores) => addAccount(stores, account, by, now));
  }

  async list(): Promise<StaffAccount[]> {
    return this.stores.accounts.list();
  }

  /** The token for creating the owner's account; `undefined` once there is any account. */
  async invitation(): Promise<string | undefined> {
    return (await this.stores.accounts.isEmpty()) ? this.firstRunToken : undefined;
  }

  /**
   * Makes the first account, an owner.
   * @throws NotAllowed for a wrong token, or when someone was faster; InvalidInput
   */
  async addOwner(token: string, typed: Omit<Typed, 'role'>): Promise<void> {
    if (!isSame(token, this.firstRunToken)) {
      throw new NotAllowed(
        'That link is not the one on the console. Copy all of it and try again.',
      );
    }
    const account = await readAccount({ ...typed, role: 'owner' }, this.passwordCost);
    const now = this.clock.now();
    await this.stores.transaction(async (stores) => {
      if (!(await stores.accounts.isEmpty())) {
        throw new NotAllowed('The link was used already. Sign in with the account that was made.');
      }
      await addAccount(stores, account, account.name, now);
    });
  }

  /** Checks a name and a password. An unknown name takes as long as a wrong password. */
  async signIn(name: string, password: string, from: Visitor): Promise<SignIn> {
    const wanted = name.trim().slice(0, 60);
    const attempt = await this.lockout.attempt(wanted, from);
    if (attempt.lockedUntil) return attempt;
    const account = await this.stores.accounts.find(wanted);
    const isRight = await isPassword(password, account?.passwordHash ?? this.nobodysHash);
    if (!account || !isRight) {
      const done = deed('sign-in refused', wanted, { address: from.address });
      await this.note(account?.name ?? 'somebody', done);
      return 'wrong';
    }
    if (account.totpSecret) {
      // Not forgiven: a right password must not erase wrong codes entered after one.
      await this.lockout.takeBack(attempt.counted);
      return { halfWay: account };
    }
    return this.letIn(account, from, {});
  }

  /** The second step of a sign-in: a code from the phone, or one of the recovery codes. */
  async passSecondStep(credential: Credential, typed: string, from: Visitor): Promise<SignIn> {
    const account = await this.whoIs(credential);
    if (!account) return 'wrong';
    const attempt = await this.lockout.attempt(account.name, from);
    if (attempt.lockedUntil) return attempt;
    const by = await this.secondStep.use(account, typed);
    if (!by) {
      const detail = { address: from.address };
      await this.note(account.name, deed('second step refused', account.name, detail));
      return 'wrong';
    }
    return this.letIn(account, from, { by });
  }

  private async letIn(account: StaffAccount, from: Visitor, how: { by?: string }): Promise<SignIn> {
    const { name } = account;
    await this.lockout.forget(name, from);
    const detail = { address: from.address, ...how };
    await this.note(name, deed('signed in', name, detail));
    return { account };
  }

  /**
   * For actions that need more than a session. Wrong passwords count as at sign-in.
   * @param from where it is typed
   * @throws InvalidInput when that is not the account's password, TooManyGuesses
   */
  async checkPresentPassword(account: StaffAccount, typed: string, from: Visitor): Promise<void> {
    const { name } = account;
    const attempt = await this.lockout.attempt(name, from);
    if (attempt.lockedUntil) {
      const leftMs = attempt.lockedUntil.getTime() - this.clock.now().getTime();
      throw new TooManyGuesses(Math.ceil(leftMs / 1000), 'passwords');
    }
    // Not forgiven, as at sign-in: it must not erase wrong codes of the second step.
    if (await isPassword(typed, account.passwordHash))
      return this.lockout.takeBack(attempt.counted);
    const detail = { address: from.address };
    await this.note(name, deed('present password refused', name, detail));
    throw new InvalidInput('Your current password is not right');
  }

  /** The account of a session; `undefined` when it is over. */
  async whoIs({ staffId, epoch }: Credential): Promise<StaffAccount | undefined> {
    const account = await this.stores.accounts.get(staffId);
    return account?.epoch === epoch ? account : undefined;
  }

  /**
   * Ends every other session of the account too.
   * @param from where it is typed
   * @throws InvalidInput for a wrong present password or a bad new one, TooManyGuesses
   */
  async changePassword(
    id: number,
    present: string,
    next: string,
    from: Visitor,
  ): Promise<StaffAccount> {
    const account = await this.need(id);
    await this.checkPresentPassword(account, present, from);
    await this.resetPassword(id, next, account.name);
    return this.need(id);
  }

  /** Sets an account's new password, and ends its sessions. @throws InvalidInput, NotFound */
  async resetPassword(id: number, password: string, by: string): Promise<void> {
    const { name } = await this.need(id);
    checkPassword(password);
    const passwordHash = await hashPassword(password, this.passwordCost);
    const done = deed('password changed', name, {});
    await this.change(done, by, ({ accounts }) => accounts.setPassword(id, passwordHash));
  }

  async signOutEverywhere(id: number): Promise<void> {
    const { name } = await this.need(id);
    const done = deed('signed out everywhere', name, {});
    await this.change(done, name, ({ accounts }) => accounts.raiseEpoch(id));
  }

  /** @throws InvalidInput, NotFound, Conflict when no owner would be left */
  async setRole(id: number, typedRole: string, by: string): Promise<void> {
    const role = parseRole(typedRole);
    const { name, role: was } = await this.need(id);
    const done = deed('role changed', name, { was, role });
    await this.change(done, by, async ({ accounts }) => {
      await accounts.setRole(id, role);
      await mustHaveOwner(accounts);
    });
  }

  /**
   * Where somebody works from now on; an owner works in the whole shop whatever is said.
   * @param sites their names; none for the whole shop
   * @throws NotFound
   */
  async setSites(id: number, sites: readonly string[], by: string): Promise<void> {
    const { name } = await this.need(id);
    const scope = await this.readScope(sites);
    const done = deed('sites changed', name, { sites });
    await this.change(done, by, ({ accounts }) => accounts.setScope(id, scope));
  }

  private async readScope(names: readonly string[]): Promise<Scope> {
    if (names.length === 0) return WHOLE_SHOP;
    const known = await this.stores.sites.list();
    return names.map((name) => findSite(known, name).id);
  }

  /** @throws NotFound, Conflict when no owner would be left */
  async remove(id: number, by: string): Promise<void> {
    const { name, role } = await this.need(id);
    const done = deed('account removed', name, { role });
    await this.change(done, by, async ({ accounts }) => {
      await accounts.remove(id);
      await mustHaveOwner(accounts);
    });
  }

  /** @throws NotFound */
  async need(id: number): Promise<StaffAccount> {
    const account = await this.stores.accounts.get(id);
    if (!account) throw new NotFound('There is no such account');
    return account;
  }

  private async change(
    done: Deed,
    by: string,
    work: (stores: Stores) => Promise<void>,
  ): Promise<void> {
    const at = this.clock.now();
    await this.stores.transaction(async (stores) => {
      await work(stores);
      await stores.journal.audit([{ at, who: by, ...done }]);
    });
  }

  private async note(who: string, done: Deed): Promise<void> {
    await this.stores.journal.audit([{ at: this.clock.now(), who, ...done }]);
  }
}

async function readAccount(
  typed: Typed,
  cost: PasswordCost,
  scope: Scope = WHOLE_SHOP,
): Promise<NewAccount> {
  const name = tidyLogin(typed.name);
  if (!/^[\p{L}\p{N}._@-]{1,40}$/u.test(name)) {
    throw new InvalidInput(
      say`"${typed.name}" is not a name for an account: use 1 to 40 letters, digits, dots, dashes or @, no spaces`,
    );
  }
  const role = parseRole(typed.role);
  checkPassword(typed.password);
  return { name, role, scope, passwordHash: await hashPassword(typed.password, cost) };
}

async function addAccount(
  { accounts, journal }: Stores,
  account: NewAccount,
  by: string,
  at: Date,
): Promise<void> {
  const { name, role } = account;
  // People take "nena" and "NENA" for the same name, and earlier versions stored wide letters as they were typed.
  const alike = (one: string) => tidyLogin(one).toLowerCase();
  const twin = (await accounts.list()).find(
    (known) => known.name !== name && alike(known.name) === alike(name),
  );
  if (twin) throw new Conflict(say`There is an account ${twin.name} already`);
  await accounts.add(account, at);
  await journal.audit([{ at, who: by, what: 'account added', subject: name, detail: { role } }]);
}

/** Call inside the transaction of the change: the change is undone with it. */
async function mustHaveOwner(accounts: Stores['accounts']): Promise<void> {
  const owners = (await accounts.list()).filter(({ role }) => role === 'owner');
  if (owners.length === 0) {
    throw new Conflict('This is the only owner: make somebody else an owner first');
  }
}

function parseRole(typed: string): Role {
  const role = ROLES.find((known) => known === typed);
  if (!role) throw new InvalidInput(say`"${typed}" is not a role; roles are ${ROLES.join(', ')}`);
  return role;
}

function isSame(typed: string, expected: string): boolean {
  const [a, b] = [Buffer.from(typed), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
