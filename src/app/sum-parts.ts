import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { asError, IvrError } from '../domain/error.ts';
import { type Milliseconds, seconds } from '../domain/units.ts';
import { within } from '../lib/deadline.ts';
import type { Logger } from '../lib/logger.ts';
import type { Check, Part, PartGauges, Reading } from './part.ts';

export interface Sum {
  readonly gauges: { readonly help: PartGauges['help']; read(): Promise<Reading> };
  readonly routes: readonly FastifyPluginAsyncTypebox[];
  /** Of every part, in their order. Never rejects: a part that does not answer has a check that says so. */
  checks(): Promise<readonly Check[]>;
}

const ANSWER_DEADLINE = seconds(3);

/**
 * What all parts say together. A part that breaks or does not answer costs its own gauges (they become NaN, which
 * Prometheus shows as absent) and nobody else's.
 *
 * @throws IvrError INTERNAL when two parts have the same name, or a gauge is named twice
 */
export function sumParts(parts: readonly Part[], logger: Logger, deadline: Milliseconds = ANSWER_DEADLINE): Sum {
  expectOnce(
    'part',
    parts.map(({ name }) => name),
  );
  expectOnce(
    'gauge',
    parts.flatMap(({ gauges }) => Object.keys(gauges?.help ?? {})),
  );

  const answer = async <T>(part: Part, what: string, ask: () => T | Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await within(Promise.resolve().then(ask), deadline, `${what} of ${part.name}`);
    } catch (thrown) {
      logger.warn({ part: part.name }, `a part of the server could not report its ${what}`, asError(thrown));
      return otherwise;
    }
  };

  return {
    gauges: {
      help: Object.assign({}, ...parts.map(({ gauges }) => gauges?.help ?? {})),
      async read() {
        const readings = parts.map(async (part) => {
          const { gauges } = part;
          if (gauges === undefined) return {};
          const unknown: Reading = Object.fromEntries(Object.keys(gauges.help).map((name) => [name, Number.NaN]));
          return await answer(part, 'gauges', () => gauges.read(), unknown);
        });
        return Object.assign({}, ...(await Promise.all(readings)));
      },
    },
    routes: parts.flatMap(({ routes }) => routes ?? []),
    async checks() {
      const asked = parts.map((part) => {
        const unknown: readonly Check[] = [{ name: part.name, state: 'no answer', stops: 'line' }];
        return answer(part, 'checks', () => part.checks?.() ?? [], unknown);
      });
      return (await Promise.all(asked)).flat();
    },
  };
}

function expectOnce(what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new IvrError('INTERNAL', `two parts of the server define the ${what} ${twice}`);
}
