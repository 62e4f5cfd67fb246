import type { CallRouting } from './call-routing.ts';
import { dialplanKnowledge } from './dialplan-knowledge.ts';
import type { RunningDesks } from './open-desks.ts';
import type { Watched } from './open-web.ts';

/** What the console's pages for agents and supervisors ask; nothing without queues. */
export const consoleDesk = (
  desks: RunningDesks | undefined,
  { dialplans }: Pick<CallRouting, 'dialplans'>,
): Pick<Watched, 'desk' | 'supervision' | 'reports'> => ({
  desk:
    desks === undefined
      ? undefined
      : { desks: desks.desks, knowledge: dialplanKnowledge(dialplans.map(({ dialogue }) => dialogue)) },
  supervision: desks?.supervision,
  reports: desks?.reports,
});
