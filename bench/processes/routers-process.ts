import { Simulator } from '../../src/simulator/simulator';

/** Many simulated routers in one process, so that their work is not counted as ours: `COUNT [troubled]`. */

export interface RouterPorts {
  ports: number[];
}

/** @param isTroubled the last but one takes connections and says nothing, and the last is a slow board */
async function main(count: number, isTroubled: boolean): Promise<void> {
  const ports: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const isSlow = isTroubled && index === count - 1;
    const slow = isSlow ? { slow: { board: 'hap-lite' as const } } : {};
    const simulator = await Simulator.start({ serial: `BENCH${index}`, ...slow });
    if (isTroubled && index === count - 2) simulator.faults.refuseConnections = 'accept-and-silent';
    ports.push(simulator.port);
  }
  process.on('disconnect', () => process.exit());
  process.send!({ ports } satisfies RouterPorts);
}

void main(Number(process.argv[2]), process.argv[3] === 'troubled');
