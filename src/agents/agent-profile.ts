import { IvrError } from '../domain/error.ts';
import type { AgentId, AgentProfile } from '../queues/queue-fact.ts';
import type { AgentRules, QueueSet } from '../queues/queue-rules.ts';

/** @throws IvrError AGENT_UNKNOWN */
export function rulesOf(rules: QueueSet, agent: AgentId): AgentRules {
  const found = rules.agents.get(agent);
  if (found === undefined)
    throw new IvrError('AGENT_UNKNOWN', 'this account is not an agent: queues.file does not name it', { agent });
  return found;
}

/**
 * What the configuration says of an agent, of the queues that they choose.
 *
 * @param now - of one who is signed in: a page that is loaded again chooses what it has, and what a supervisor has changed of that stays
 * @throws IvrError AGENT_UNKNOWN, USAGE
 */
export function profileOf(rules: QueueSet, agent: AgentId, only?: readonly string[], now?: AgentProfile): AgentProfile {
  const { queues, skills, languages } = rulesOf(rules, agent);
  if (now !== undefined && only !== undefined && sameNames(Object.keys(now.queues), only)) return now;
  const wrong = (only ?? []).find((name) => queues[name] === undefined);
  if (wrong !== undefined) throw new IvrError('USAGE', `you do not work on the queue ${wrong}`, { agent });
  const chosen = Object.entries(queues).filter(([name]) => only === undefined || only.includes(name));
  return { queues: Object.fromEntries(chosen), skills, languages };
}

const sameNames = (these: readonly string[], those: readonly string[]): boolean =>
  these.length === new Set(those).size && these.every((name) => those.includes(name));

/** Reasons are those of the configuration: a text of anybody's own has no place in a journal that is never erased. @throws IvrError USAGE */
export function expectListed(reasons: readonly string[], reason: string): void {
  if (!reasons.includes(reason)) throw new IvrError('USAGE', `expected one of the reasons ${reasons.join(', ')}`);
}
