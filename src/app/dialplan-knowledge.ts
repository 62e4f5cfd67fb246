import type { Knowledge } from '../agents/knowledge.ts';
import type { Dialogue } from '../dialogue/dialogue.ts';
import { guessIntents } from '../dialogue/nlu/keyword-intents.ts';

/** The shipped answers of the dialplans, found by the keywords that callers' words are matched with. */
export function dialplanKnowledge(dialogues: readonly Pick<Dialogue, 'name' | 'language' | 'answers'>[]): Knowledge {
  const all = dialogues.flatMap(({ name, language, answers }) =>
    answers.map((answer) => ({ ...answer, id: `${name}/${answer.name}`, language })),
  );
  const byId = new Map(all.map((answer) => [answer.id, answer]));
  const intents = all.map(({ id, keywords }) => ({ name: id, keywords }));
  return {
    suggest: (said, most) =>
      guessIntents(intents, said.split(/\s+/))
        .slice(0, most)
        .flatMap(({ name }) => {
          const found = byId.get(name);
          return found === undefined
            ? []
            : [{ id: found.id, title: found.title, text: found.text, language: found.language }];
        }),
  };
}
