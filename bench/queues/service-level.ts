import { type ErlangA, erlangA } from './erlang-a.ts';
import { FloorDriver } from './floor-driver.ts';
import { queueOf, setOf } from './queue-set.ts';
import { seeded } from '../../test/support/seeded.ts';
import { exponential } from './exponential.ts';
import { Schedule } from './schedule.ts';
import { wallMs } from '../../src/domain/units.ts';

export interface ServiceLevel {
  /** Conversations that are asked for, per agent. */
  readonly load: number;
  readonly measured: number;
  readonly erlangA: number;
}

const AGENTS = 20;
const HANDLING_S = 180;
const PATIENCE_S = 120;
const WITHIN_S = 20;

/**
 * The machine of the queues itself under a load of exponential calls, conversations and patience, in fast time; every agent takes what is
 * offered at once. Its service level is what theory says of first come, first served.
 */
export function measureServiceLevel(load: number, calls: number, seed: number): ServiceLevel {
  const random = seeded(seed);
  const model: ErlangA = {
    agents: AGENTS,
    callsPerSecond: (load * AGENTS) / HANDLING_S,
    handlingS: HANDLING_S,
    patienceS: PATIENCE_S,
  };
  const floor = new FloorDriver(setOf(queueOf('all', { capacity: calls, wrapUpMs: 0, offerMs: 3_600_000 })), false);
  for (let n = 0; n < AGENTS; n++) floor.signIn(`agent-${n}`, { queues: { all: 1 } });
  const schedule = new Schedule(floor.at);
  let [arrived, within] = [0, 0];

  const takeOffers = (rows: ReturnType<FloorDriver['step']>): void => {
    for (const row of rows) {
      if (row.type !== 'entry-offered') continue;
      const { entry, agent, fence } = row;
      const since = floor.floor.entries.get(entry)?.waitingSince ?? 0;
      if (floor.at - since <= WITHIN_S * 1_000) within += 1;
      takeOffers(floor.step({ type: 'offer-accepted', entry, agent, fence }));
      schedule.in(exponential(random, HANDLING_S * 1_000), () =>
        takeOffers(floor.step({ type: 'talk-ended', entry, because: 'completed' })),
      );
    }
  };
  const arrive = (): void => {
    arrived += 1;
    const entry = `e${arrived}`;
    takeOffers(
      floor.step({
        type: 'customer-asked',
        entry,
        contact: entry as never,
        queue: 'all',
        kind: 'call',
        needs: { skills: {} },
        incarnation: floor.incarnation,
      }),
    );
    if (floor.placeOf(entry) === 'waiting')
      schedule.in(exponential(random, PATIENCE_S * 1_000), () => {
        if (floor.placeOf(entry) === 'waiting')
          takeOffers(floor.step({ type: 'customer-left', entry, because: 'hung-up' }));
      });
    if (arrived < calls) schedule.in(exponential(random, 1_000 / model.callsPerSecond), arrive);
  };
  schedule.in(0, arrive);
  schedule.run((at) => (floor.at = wallMs(at)));
  return { load, measured: within / arrived, erlangA: erlangA(model, WITHIN_S) };
}
