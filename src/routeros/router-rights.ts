import { RouterRefused } from '../errors';
import { asIs, print, type ApiSender } from './api/sentences';

/** What an account of the router may do, in two sentences; `undefined` when the router does not tell. */
export async function readPolicies(
  line: ApiSender,
  username: string,
): Promise<string[] | undefined> {
  try {
    return await policiesOf(line, username);
  } catch (error) {
    if (error instanceof RouterRefused) return undefined;
    throw error;
  }
}

/** The same for callers that need to know of a refusal. @throws RouterRefused, RouterUnreachable */
export async function policiesOf(line: ApiSender, username: string): Promise<string[] | undefined> {
  const [account] = await print(line, '/user', 'group', asIs, [`?name=${username}`]);
  if (!account) return undefined;
  const query = [`?name=${account.group}`];
  const [group] = await print(line, '/user/group', 'policy', asIs, query);
  return group?.policy === undefined ? undefined : grantedPolicies(group.policy);
}

/** A group prints every policy, those it lacks with an exclamation mark. */
export function grantedPolicies(text = ''): string[] {
  return text.split(',').filter((policy) => policy !== '' && !policy.startsWith('!'));
}
