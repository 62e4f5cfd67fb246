import { compileChoice } from './compile-choice.ts';
import { compileConfirm, compileSlot } from './compile-slot.ts';
import type { Compiling } from './compiling.ts';
import type { StateFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';
import type { Go, PlanState } from './plan.ts';
import { type StateWork, secretsOf } from './state-work.ts';

/** Compiles one state: references inside its prompts and grammars and its ways out are resolved. */
export function compileState(work: StateWork, id: string, file: StateFile): PlanState {
  const compiling = work.compiling;
  const at: Path = ['states', id];
  const go = (key: string, value: Parameters<Compiling['go']>[0]): Go =>
    compiling.go(value, id, `${id}/${key}`, [...at, key]);
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
      const slots = Object.entries(file.slots).map(([name, slot]) =>
        compileSlot(work, id, name, slot, [...at, 'slots', name]),
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
    case 'look-up': {
      for (const [name, slot] of Object.entries(file.args ?? {})) known(work, slot, [...at, 'args', name]);
      const refused = Object.entries(file.refused ?? {}).map(([because, refusal]) => {
        const path = [...at, 'refused', because];
        return {
          because,
          go: compiling.go(refusal, id, `${id}/${because}`, path),
          tries: refusal.tries,
          otherwise:
            refusal.otherwise === undefined
              ? undefined
              : compiling.go(refusal.otherwise, id, `${id}/${because}/otherwise`, [...path, 'otherwise']),
        };
      });
      return {
        kind: 'look-up',
        id,
        service: file.service,
        args: file.args ?? {},
        saves: file.saves ?? [],
        keeps: file.keeps ?? [],
        timeoutMs: file['timeout-ms'] ?? 8000,
        fillers: (file.fillers ?? []).map((filler, n) => ({
          afterMs: filler['after-ms'],
          say: compiling.prompt(`${id}/filler#${n + 1}`, filler.say, [...at, 'fillers', n, 'say']),
        })),
        done: go('done', file.done),
        refused,
        failed: go('failed', file.failed),
      };
    }
    case 'transfer': {
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
      };
    }
    case 'end':
      return {
        kind: 'end',
        id,
        say: file.say === undefined ? undefined : compiling.prompt(id, file.say, [...at, 'say']),
        because: file.because ?? 'bot-hung-up',
      };
  }
}

function known({ compiling }: StateWork, name: string, path: Path): void {
  const secret = secretsOf(compiling.source.plan.states).has(name);
  if (!compiling.names.has(name) && !secret) compiling.problem(path, `expected a slot or value, found '${name}'`);
}
