import { randomUUID } from 'node:crypto';
import { type ServiceArguments, textIn } from '../bank/bank-services.ts';
import type { ServiceAnswer } from '../bank/service-wire.ts';
import type { LookUpResult } from '../dialogue/dialogue.ts';
import type { Service } from '../dialogue/service.ts';
import { IvrError } from '../domain/error.ts';
import { Secret } from '../domain/secret.ts';
import { type BuiltIn, done, refused, type ServiceWork } from './built-in.ts';
import { operationOf } from './order.ts';

/*
 * Services of the bank's own: what the configuration declares, carried out by its servers. What holds for ours holds for them: a verified caller
 * where one is needed, an approval of this very order before money moves, the same order once, and no answer that is believed unchecked.
 */

/** Asks the server of a service. @param key - makes a repeat of the request the same request */
export type AskServer = (
  service: Service,
  args: Readonly<Record<string, string>>,
  key: string,
  signal: AbortSignal,
) => Promise<ServiceAnswer>;

/** What is refused before a server is asked: dialplans may say something to it. */
export function refusalsOf({ refusals, effect, needs }: Service): readonly string[] {
  const approves = effect === 'money' || needs.includes('second-factor');
  return [
    ...new Set([
      ...refusals,
      ...(approves || needs.includes('session') ? ['not-verified'] : []),
      ...(approves ? ['bad-order', 'not-approved'] : []),
      ...(effect === 'money' ? ['made-already'] : []),
    ]),
  ];
}

export const ownService = (service: Service, ask: AskServer): BuiltIn => ({
  declared: { ...service, refusals: refusalsOf(service) },
  run: (work, args, signal) => carriedOut(service, ask, work, args, signal),
});

async function carriedOut(
  service: Service,
  ask: AskServer,
  { sessions, approvals, intentions }: ServiceWork,
  args: ServiceArguments,
  signal: AbortSignal,
): Promise<LookUpResult> {
  const { effect, needs, gives } = service;
  const moves = effect === 'money';
  const customer = sessions.customerOf(textIn(args, 'session'));
  const approves = moves || needs.includes('second-factor');
  if ((approves || needs.includes('session')) && customer === undefined) return refused('not-verified');
  const operation = approves || gives.includes('second-factor') ? operationOf(args) : undefined;
  if (approves && operation === undefined) return refused('bad-order');
  const order =
    operation === undefined || customer === undefined ? undefined : { customer, service: service.name, ...operation };
  if (moves && order !== undefined && intentions.isDone(order)) return refused('made-already');
  if (approves && operation !== undefined && !approvals.isApproved(operation)) return refused('not-approved');
  const key = moves && order !== undefined ? intentions.keyOf(order) : randomUUID();
  const answer = await ask(service, textsOf(args), key, signal);
  if (answer.outcome === 'refused') return believedRefusal(service, answer.because);
  const values = believedValues(service, answer.body);
  if (moves && order !== undefined) intentions.done(order);
  if (approves && operation !== undefined) approvals.used(operation);
  if (gives.includes('second-factor') && operation !== undefined) approvals.approved(operation);
  if (gives.includes('session')) sessions.opened(String(values['session']), String(values['customer-number']));
  return done(values);
}

/** The server is trusted with secrets that it declares as arguments. */
const textsOf = (args: ServiceArguments): Record<string, string> =>
  Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );

function believedRefusal(service: Service, because: string): LookUpResult {
  if (service.refusals.includes(because)) return refused(because);
  throw invalid(service, 'refuses for a reason that is not declared');
}

const LONGEST_VALUE = 2_000;

function believedValues({ name, results }: Service, body: unknown): Record<string, string | number | boolean> {
  if (typeof body !== 'object' || body === null) throw invalid({ name }, 'is no object');
  const found = body as Readonly<Record<string, unknown>>;
  const values: Record<string, string | number | boolean> = {};
  for (const result of results) {
    const value = Object.hasOwn(found, result) ? found[result] : undefined;
    // JSON has numbers that are too large for one: 1e999 is none
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    const plain = typeof value === 'string' || typeof value === 'boolean' || isNumber;
    if (!plain || String(value).length > LONGEST_VALUE || value === '')
      throw invalid({ name }, `has no value '${result}', or one that is no text, number or truth`);
    values[result] = value;
  }
  return values;
}

/** What stands in the answer is a customer's: it is told of it what it lacks alone. */
const invalid = ({ name }: Pick<Service, 'name'>, what: string): IvrError =>
  new IvrError('BANK_ANSWER_INVALID', `the answer of the service '${name}' ${what}`, { service: name });
