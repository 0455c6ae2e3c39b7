import type { Text } from '../../../text';
import { AppError } from '../../../errors';
import type { Services } from '../../../services/services';

/** What a page tells of a search for routers on the network. */
export interface SearchShown {
  trouble: Text | '';
  routers: { name: string; board: string; version: string; address: string | null }[];
  /** `eth0 (192.168.88.10)`: where it was looked. */
  networks: string;
}

/** Looks now. A search that cannot be made is told on the page: an address can still be typed. */
export async function searchFor(neighbors: Services['neighbors']): Promise<SearchShown> {
  try {
    const { routers, networks } = await neighbors.find();
    return {
      trouble: '',
      routers: routers.map(({ name, mac, board, version, address }) => ({
        ...{ name: name === '' ? mac : name, board, address },
        version: version.split(' ')[0]!,
      })),
      networks: networks.map(({ name, address }) => `${name} (${address})`).join(', '),
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { trouble: error.text, routers: [], networks: '' };
  }
}
