import { join } from 'node:path';
import {
  loadConfig,
  loadDotEnv,
  settingsFile,
  type Config,
  type Environment,
} from '../../src/config';
import { quoted } from '../../src/domain/units';
import { InvalidInput } from '../../src/errors';
import { say } from '../../src/text';

/** Settings of the simulated shop, in a file of its own. */
export const SIMULATED_SETTINGS = join('data', 'simulated.env');

/** Whether this process works on the simulated shop. */
export function isSimulated(): boolean {
  return settingsFile() === SIMULATED_SETTINGS;
}

/** The settings of this shop as they are now. @throws InvalidInput */
export function readSettings(): Config {
  const env = environment();
  // The loop's warnings are in its report too, and are printed from there.
  return loadConfig({ ...env, LOG_LEVEL: env.LOG_LEVEL?.trim() || 'error' });
}

/** Whether the operator wants to see where errors come from. */
export function wantsDetail(): boolean {
  try {
    return /^(debug|trace)$/i.test(environment().LOG_LEVEL?.trim() ?? '');
  } catch {
    return false; // the file with the setting cannot be read
  }
}

/**
 * The systemd unit that the owner named, if it does not have the usual name.
 * @throws InvalidInput for what is no name: systemctl would take `--host=...` for an option
 */
export function namedService(): string | undefined {
  const name = environment().PISONET_SERVICE?.trim() || undefined;
  if (name === undefined || /^[a-z\d][\w@.:\\-]{0,255}$/i.test(name)) return name;
  throw new InvalidInput(
    say`PISONET_SERVICE ${quoted(name)} in the environment is not the name of a service; write it like pisonet`,
  );
}

function environment(): Environment {
  return loadDotEnv(settingsFile());
}
