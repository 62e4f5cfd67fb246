import { expect, test } from 'vitest';
import { LegBridge } from '../../src/media/engine/leg-bridge.ts';

function openLegs(...names: readonly string[]) {
  const told: string[] = [];
  const bridges = names.map((name) => {
    const bridge: LegBridge<string> = new LegBridge(
      name,
      () => void told.push(`${name} joins ${bridge.peer}`),
      () => {
        if (bridge.peer !== undefined) told.push(`${name} leaves ${bridge.peer}`);
      },
    );
    return bridge;
  });
  return { told, bridges };
}

test('each leg is told that it leaves while it still knows whom: what it holds of the far end belongs to that peer', () => {
  const { told, bridges } = openLegs('caller', 'person');
  const [caller, person] = bridges;
  caller!.join(person!);
  person!.leave();
  expect(told.filter((line, n) => told.indexOf(line) === n)).toEqual([
    'caller joins person',
    'person joins caller',
    'person leaves caller',
    'caller leaves person',
  ]);
  expect(bridges.map(({ peer }) => peer)).toEqual([undefined, undefined]);
});

test('a leg that is bridged to another leaves the one before, and that one it', () => {
  const { told, bridges } = openLegs('caller', 'first', 'second');
  const [caller, first, second] = bridges;
  caller!.join(first!);
  told.length = 0;
  caller!.join(second!);
  expect(told.slice(0, 2)).toEqual(['caller leaves first', 'first leaves caller']);
  expect(told.slice(-2)).toEqual(['caller joins second', 'second joins caller']);
  expect(bridges.map(({ peer }) => peer)).toEqual(['second', undefined, 'caller']);
});
