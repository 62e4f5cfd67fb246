import { compileChoice } from './compile-choice.ts';
import { compileConfirm, compileSlot, compileTogether } from './compile-slot.ts';
import { compileLookUp } from './compile-look-up.ts';
import type { GoFile, StateFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import { flowOf, MAIN } from './flow-names.ts';
import { kindOf } from './known-names.ts';
import type { Go, PlanState } from './plan.ts';
import { type FileOf, known, type StateWork } from './state-work.ts';

/** Compiles one state: references inside its prompts and grammars and its ways out are resolved. */
export function compileState(work: StateWork, id: string, file: StateFile): PlanState {
  const compiling = work.compiling;
  const at: Path = ['states', id];
  const go = (key: string, value: GoFile): Go => compiling.go(value, id, `${id}/${key}`, [...at, key]);
  switch (file.kind) {
    case 'say':
      return {
        kind: 'say',
        id,
        say: compiling.prompt(id, file.say, [...at, 'say']),
        bargeIn: file['barge-in'] ?? compiling.source.plan['barge-in'] ?? 'both',
        next: go('next', file.next),
      };
    case 'menu':
    case 'question':
      return compileChoice(work, id, file, at);
    case 'form': {
      const together = compileTogether(work, file, at);
      const slots = Object.entries(file.slots).map(([name, slot]) =>
        compileSlot(work, id, name, slot, [...at, 'slots', name], together),
      );
      if (slots.length === 0) compiling.problem([...at, 'slots'], 'expected at least one slot');
      const { unless } = file;
      if (unless !== undefined) {
        known(work, unless.known, [...at, 'unless', 'known']);
        compiling.go(unless.to, id, `${id}/unless`, [...at, 'unless', 'to']);
      }
      return { kind: 'form', id, slots, unless, next: go('next', file.next) };
    }
    case 'confirm':
      return compileConfirm(work, id, file, at);
    case 'look-up':
      return compileLookUp(work, id, file, at);
    case 'call':
      return compileCall(work, id, file, at);
    case 'return':
      if (flowOf(id) === MAIN)
        compiling.problem([...at, 'kind'], "expected 'return' in a flow that is called, found it in main");
      return { kind: 'return', id, as: file.as };
    case 'branch':
      return {
        kind: 'branch',
        id,
        ways: file.ways.map((way, n) => ({
          when: compiling.expression(way.when, [...at, 'ways', n, 'when'], 'truth'),
          go: compiling.go(way, id, `${id}/way#${n + 1}`, [...at, 'ways', n]),
        })),
        otherwise: go('otherwise', file.otherwise),
      };
    case 'set':
      return {
        kind: 'set',
        id,
        values: Object.entries(file.values).map(([name, value]) => ({
          name,
          value: compiling.expression(value, [...at, 'values', name]),
        })),
        next: go('next', file.next),
      };
    case 'transfer':
      return compileTransfer(work, id, file, at);
    case 'end':
      return {
        kind: 'end',
        id,
        say: file.say === undefined ? undefined : compiling.prompt(id, file.say, [...at, 'say']),
        because: file.because ?? 'bot-hung-up',
      };
  }
}

function compileTransfer(work: StateWork, id: string, file: FileOf<'transfer'>, at: Path): PlanState {
  const { compiling } = work;
  const go = (key: string, value: GoFile): Go => compiling.go(value, id, `${id}/${key}`, [...at, key]);
  for (const [n, name] of (file.context ?? []).entries()) known(work, name, [...at, 'context', n]);
  const noAnswer = go('no-answer', file['no-answer']);
  return {
    kind: 'transfer',
    id,
    say: file.say === undefined ? undefined : compiling.prompt(id, file.say, [...at, 'say']),
    because: file.because,
    ringMs: file['ring-ms'] ?? 20_000,
    queue: file.queue,
    context: file.context ?? [],
    completed: go('completed', file.completed),
    noAnswer,
    busy: file.busy === undefined ? noAnswer : go('busy', file.busy),
    declined: file.declined === undefined ? noAnswer : go('declined', file.declined),
    failed: file.failed === undefined ? noAnswer : go('failed', file.failed),
    verify: file.verify === undefined ? undefined : go('verify', file.verify),
  };
}

function compileCall(work: StateWork, id: string, file: FileOf<'call'>, at: Path): PlanState {
  const { compiling } = work;
  compiling.callOf(file.flow, id, [...at, 'flow']);
  const { params = {}, returns = [] } = compiling.source.plan.flows[file.flow] ?? {};
  for (const name of Object.keys(file.with ?? {}))
    if (!Object.hasOwn(params, name))
      compiling.problem([...at, 'with', name], `expected a parameter of '${file.flow}', found '${name}'`, true);
  for (const name of Object.keys(params))
    if (!Object.hasOwn(file.with ?? {}, name))
      compiling.problem(at, `expected 'with' to give '${name}' to the flow '${file.flow}'`, true);
  for (const [here, there] of Object.entries(file.saves ?? {}))
    if (!returns.includes(there))
      compiling.problem(
        [...at, 'saves', here],
        `expected what '${file.flow}' returns (${returns.join(', ')}), found '${there}'`,
      );
  const outcomes = outcomesOf(compiling.source.plan.states, file.flow);
  for (const name of Object.keys(file.otherwise ?? {}))
    if (!outcomes.has(name))
      compiling.problem(
        [...at, 'otherwise', name],
        `expected a way in which '${file.flow}' returns, found '${name}'`,
        true,
      );
  for (const name of outcomes)
    if (!Object.hasOwn(file.otherwise ?? {}, name))
      compiling.problem(at, `expected 'otherwise' to say where to go when '${file.flow}' returns as '${name}'`, true);
  return {
    kind: 'call',
    id,
    flow: file.flow,
    with: Object.entries(file.with ?? {}).map(([name, value]) => ({
      name,
      value: compiling.expression(value, [...at, 'with', name], kindOf(params[name])),
    })),
    saves: Object.entries(file.saves ?? {}),
    next: compiling.go(file.next, id, `${id}/next`, [...at, 'next']),
    otherwise: new Map(
      Object.entries(file.otherwise ?? {}).map(([name, to]) => [
        name,
        compiling.go(to, id, `${id}/${name}`, [...at, 'otherwise', name]),
      ]),
    ),
  };
}

/** What a flow may return as, beside what was wanted. */
const outcomesOf = (states: Readonly<Record<string, StateFile>>, flow: string): ReadonlySet<string> =>
  new Set(
    Object.entries(states).flatMap(([id, state]) =>
      state.kind === 'return' && state.as !== undefined && flowOf(id) === flow ? [state.as] : [],
    ),
  );
