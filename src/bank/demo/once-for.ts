import type { Knex } from 'knex';
import type { OperationName } from '../operations.ts';
import { Refused } from './refused.ts';

/**
 * Does what was not yet done for that key, and gives the answer of the first time. Whoever calls again for the same thing was verified anew:
 * the session of the call is no part of what was asked for.
 *
 * @param db - a transaction, so that the work and its answer are kept together
 * @throws Refused key-used-otherwise, and what the work throws
 */
export async function onceFor<T>(
  db: Knex,
  key: string,
  operation: OperationName,
  request: object,
  work: () => Promise<T>,
): Promise<T> {
  const asked = JSON.stringify([operation, { ...request, session: undefined }]);
  const before = await db<{ key: string; request: string; answer: string }>('keyed_answers').where({ key }).first();
  if (before !== undefined) {
    if (before.request !== asked) throw new Refused('key-used-otherwise');
    return JSON.parse(before.answer) as T;
  }
  const answer = await work();
  await db('keyed_answers').insert({ key, request: asked, answer: JSON.stringify(answer) });
  return answer;
}
