import * as fc from 'fast-check';

type Kind = 'say' | 'look-up' | 'transfer' | 'question' | 'keyless' | 'form' | 'confirm';
const KINDS: readonly Kind[] = ['say', 'look-up', 'transfer', 'question', 'keyless', 'form', 'confirm'];

interface Targets {
  /** Of ways that may be gone without the caller, and of those that are not. */
  readonly passing: fc.Arbitrary<string>;
  readonly waiting: fc.Arbitrary<string>;
  /** Of the first way; where it is given, every state is reached. */
  readonly first?: string;
  /** Whether anything keeps a token that a form can be passed by. */
  readonly token: boolean;
}

/** A state's line of a dialplan. */
function stateOf(kind: Kind, { passing, waiting, first, token }: Targets): fc.Arbitrary<string> {
  const clearing = (target: fc.Arbitrary<string>) =>
    fc.oneof(
      { weight: 3, arbitrary: target },
      { weight: 1, arbitrary: target.map((to) => `{ to: ${to}, clear: [pin, token] }`) },
    );
  const go = clearing(passing);
  const firstGo = first === undefined ? go : fc.constant(first);
  const firstAnswer = first === undefined ? waiting : fc.constant(first);
  switch (kind) {
    case 'say':
      return fc
        .tuple(firstGo, fc.constantFrom('both', 'none'))
        .map(([to, barge]) => `{ kind: say, say: Word., barge-in: ${barge}, next: ${to} }`);
    case 'look-up':
      return fc.tuple(firstGo, go, go).map(([done, failed, no]) => {
        const refused = no.startsWith('{') ? no : `{ to: ${no} }`;
        return `{ kind: look-up, service: service, keeps: [token], done: ${done}, failed: ${failed}, refused: { no: ${refused} } }`;
      });
    case 'transfer':
      return fc
        .tuple(firstGo, go, go)
        .map(
          ([completed, none, busy]) =>
            `{ kind: transfer, because: x, completed: ${completed}, no-answer: ${none}, busy: ${busy} }`,
        );
    case 'question':
    case 'keyless': {
      const key = kind === 'question' ? ", keys: '7'" : '';
      return firstAnswer.map(
        (to) => `{ kind: question, say: Well?, options: { seven: { to: ${to}, phrases: [seven]${key} } } }`,
      );
    }
    case 'form':
      return fc
        .tuple(firstGo, passing, fc.boolean())
        .map(
          ([next, to, conditional]) =>
            `{ kind: form, ${conditional && token ? `unless: { known: token, to: ${to} }, ` : ''}slots: { pin: { say: PIN?, keys: { min: 4, max: 4 } } }, next: ${next} }`,
        );
    case 'confirm':
      return fc
        .tuple(firstAnswer, clearing(waiting))
        .map(([yes, no]) => `{ kind: confirm, say: Sure?, yes: ${yes}, no: ${no} }`);
  }
}

const dialplanOf = (bodies: readonly string[], none: string): string =>
  `  first: { kind: say, say: One., next: s0 }\n  person: { kind: transfer, because: asked, completed: bye, no-answer: ${none} }\n` +
  bodies.map((body, n) => `  s${n}: ${body}\n`).join('');

/** Dialplans of all kinds of states that lead anywhere; many loop, some do not. */
export const anyStates = fc.array(fc.constantFrom(...KINDS), { minLength: 2, maxLength: 6 }).chain((kinds) => {
  const target = fc.constantFrom(...kinds.map((_, n) => `s${n}`), 'main', 'main', 'bye', 'person');
  return fc
    .tuple(
      fc.tuple(
        ...kinds.map((kind) => stateOf(kind, { passing: target, waiting: target, token: kinds.includes('look-up') })),
      ),
      target,
    )
    .map(([bodies, none]) => dialplanOf(bodies, none));
});

/** The same, where what does not wait leads forward, or back to a question that takes keys: the check accepts these. */
export const rightStates = fc.array(fc.constantFrom(...KINDS), { minLength: 2, maxLength: 14 }).chain((kinds) => {
  const questions = kinds.flatMap((kind, n) => (kind === 'question' || kind === 'confirm' ? [`s${n}`] : []));
  const anywhere = fc.constantFrom(...kinds.map((_, n) => `s${n}`), 'main', 'bye', 'person');
  const targets = (from: number): Targets => ({
    passing: fc.constantFrom(
      ...kinds.flatMap((_, n) => (n > from ? [`s${n}`] : [])),
      ...questions,
      'main',
      'bye',
      'person',
    ),
    waiting: anywhere,
    first: from + 1 < kinds.length ? `s${from + 1}` : 'main',
    token: kinds.includes('look-up'),
  });
  return fc
    .tuple(fc.tuple(...kinds.map((kind, n) => stateOf(kind, targets(n)))), fc.constantFrom('main', 'bye'))
    .map(([bodies, none]) => dialplanOf(bodies, none));
});
