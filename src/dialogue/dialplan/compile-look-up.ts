import { phrasesIn } from '../../language/phrases-in.ts';
import { LONGEST_SERVICE_MS } from '../service.ts';
import type { Path } from './dialplan-source.ts';
import type { Go, StateOf } from './plan.ts';
import { type FileOf, known, type StateWork } from './state-work.ts';

/** Silence while the bank thinks is taken for a dead line: first a word that it goes on, then an apology. */
const FILLER_MS = 1500;
const APOLOGY_MS = 5000;

export function compileLookUp(work: StateWork, id: string, file: FileOf<'look-up'>, at: Path): StateOf<'look-up'> {
  const { compiling } = work;
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
    identifies: work.services.get(file.service)?.gives.includes('session') ?? false,
    timeoutMs: file['timeout-ms'] ?? work.services.get(file.service)?.timeoutMs ?? LONGEST_SERVICE_MS,
    fillers: fillersOf(work, id, file, at),
    done: compiling.go(file.done, id, `${id}/done`, [...at, 'done']),
    refused,
    failed: failedGo(work, id, file, at),
  };
}

/** Where nothing else is written: an apology, and the person whom trouble leads to. Nobody is hung up on. */
function failedGo({ compiling }: StateWork, id: string, { failed }: FileOf<'look-up'>, at: Path): Go {
  if (failed !== undefined) return compiling.go(failed, id, `${id}/failed`, [...at, 'failed']);
  const { escalate } = compiling.source.plan.trouble;
  const to = typeof escalate === 'string' ? escalate : escalate.to;
  const say = phrasesIn(compiling.source.plan.language).notReached;
  return compiling.go({ to, say, because: 'bank-unreachable' }, id, 'failed', ['trouble', 'escalate']);
}

/** The dialplan's own, or those that are always there. */
function fillersOf(
  { compiling }: StateWork,
  id: string,
  { fillers }: FileOf<'look-up'>,
  at: Path,
): StateOf<'look-up'>['fillers'] {
  if (fillers !== undefined)
    return fillers.map((filler, n) => ({
      afterMs: filler['after-ms'],
      say: compiling.prompt(`${id}/filler#${n + 1}`, filler.say, [...at, 'fillers', n, 'say']),
    }));
  const { oneMoment, stillLooking } = phrasesIn(compiling.source.plan.language);
  return [
    { afterMs: FILLER_MS, say: compiling.prompt('filler', oneMoment, at) },
    { afterMs: APOLOGY_MS, say: compiling.prompt('filler/apology', stillLooking, at) },
  ];
}
