import { join } from 'node:path';
import { loadConfig, loadDotEnv, settingsFile, type Config, type Environment } from '../src/config';

/** Settings of the simulated shop, beside those of the real one. */
export const SIMULATED_SETTINGS = join('data', 'simulated.env');

/** Whether this process works on the simulated shop. */
export function isSimulated(): boolean {
  return settingsFile() === SIMULATED_SETTINGS;
}

/** The settings of this shop as they are now. @throws InvalidInput */
export function readSettings(): Config {
  const env = environment();
  // What the loop warns of stands in its report too, and is printed from there.
  return loadConfig({ ...env, LOG_LEVEL: env.LOG_LEVEL?.trim() || 'error' });
}

/** Whether the operator wants to see where errors come from. */
export function wantsDetail(): boolean {
  try {
    return /^(debug|trace)$/i.test(environment().LOG_LEVEL?.trim() ?? '');
  } catch {
    return false; // the file that would say so cannot be read
  }
}

/** The systemd unit that the owner named, if it was not given the usual name. */
export function namedService(): string | undefined {
  return environment().PISONET_SERVICE?.trim() || undefined;
}

function environment(): Environment {
  return loadDotEnv(settingsFile());
}
