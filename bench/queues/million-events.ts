import { floorFaults } from './floor-faults.ts';
import { FloorDriver } from './floor-driver.ts';
import { seeded } from '../../test/support/seeded.ts';
import { HAPPENINGS, RandomEvents, randomRules } from './random-events.ts';

/** Anything in any order, so many times; looked at after each. */
export function playEvents(events: number, seed: number): { readonly events: number; readonly violations: number } {
  const random = seeded(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  const floor = new FloorDriver(randomRules, false);
  const player = new RandomEvents(floor);
  let violations = 0;
  for (let n = 0; n < events; n++) {
    const what = HAPPENINGS[whole(HAPPENINGS.length)] ?? 'time';
    player.happen({ what, who: whole(1_000), how: whole(30_000) });
    const faults = floorFaults(floor.floor, floor.at);
    violations += faults.length;
    if (faults.length > 0) console.error(`after ${n} events: ${faults.join('; ')}`);
  }
  return { events, violations };
}
