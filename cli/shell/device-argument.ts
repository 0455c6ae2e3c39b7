/** Devices as an operator says them: by address, or by what they are called. */
import type { App } from '../../src/compose';
import { parseMac, type Mac } from '../../src/domain/units';
import { argument, type Choices, type Parameter } from './command';

/** Two parts of an address: who types them does not mean a name. */
const ADDRESS_BEGINS = /^[\da-f]{2}[:-][\da-f]{2}/i;

/** A device a command is about. */
export interface CalledDevice {
  mac: Mac;
  /** Its name, or else its address. */
  label: string;
}

/** One that has to be said, for {@link findDevice}. @param choices to pick from in the menu */
export function deviceArgument(choices: Choices): Parameter<string> {
  return argument('DEVICE', 'its name or its address AA:BB:CC:DD:EE:FF', readDevice, choices);
}

/**
 * @param said as {@link deviceArgument} read it
 * @throws NotFound when no device is called so
 * @throws Conflict when several are
 */
export async function findDevice({ services }: App, said: string): Promise<CalledDevice> {
  const { deviceNames } = services;
  const mac = addressOf(said) ?? (await deviceNames.called(said));
  return { mac, label: await deviceNames.labelOf(mac) };
}

/** @throws InvalidInput for half an address */
function readDevice(typed: string): string {
  const text = typed.trim();
  return ADDRESS_BEGINS.test(text) || text === '' ? parseMac(text) : text;
}

function addressOf(said: string): Mac | undefined {
  try {
    return parseMac(said);
  } catch {
    return undefined; // it is a name then
  }
}
