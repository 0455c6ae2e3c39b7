import { createHash, randomBytes } from 'node:crypto';
import { toRow } from '../../routeros/api/codec';
import { isAdmitted } from '../engine/admission';
import type { Outcome } from '../engine/menu-spec';
import { notPermitted, wrongPassword } from '../engine/refusals';
import type { Entry } from '../engine/table';
import type { World } from '../world/world';

/** The `/login` of one connection, as the versions do it. */
export class ApiLogin {
  private challenge: Buffer | undefined;

  constructor(
    private readonly world: World,
    private readonly address: string,
  ) {}

  /** The user who is logged in now, or the challenge to be answered first. @throws Refusal */
  attempt(words: readonly string[]): Entry | Outcome {
    const { name, password, response } = toRow(words);
    const { personality } = this.world;
    // An old router ignores a password it did not ask for. From 6.43 on it still hands out challenges when
    // asked in the old way, but then accepts no answer to them.
    const asks = personality.challengeLogin ? response === undefined : name === undefined;
    if (asks && personality.legacy) {
      this.challenge = randomBytes(16);
      return { ret: this.challenge.toString('hex') };
    }
    const user = this.world.tables.routerUsers.named(name ?? '')[0];
    const known = user?.values['password'] ?? '';
    const right = personality.challengeLogin
      ? response === this.expected(known)
      : password === known;
    const admitted = isAdmitted(user?.values['address'], this.address);
    if (!user || !right || !admitted || user.flag('disabled')) {
      this.report('system,error,critical', `login failure for user ${name ?? ''}`);
      throw wrongPassword();
    }
    if (!this.world.rightsOf(user).can('api')) throw notPermitted();
    this.report('system,info,account', `user ${user.name} logged in`);
    return user;
  }

  report(topics: string, what: string): void {
    this.world.log.write(topics, `${what} from ${this.address} via api`);
  }

  private expected(password: string): string | undefined {
    if (!this.challenge) return undefined;
    const hash = createHash('md5').update(Buffer.of(0)).update(password).update(this.challenge);
    return `00${hash.digest('hex')}`;
  }
}
