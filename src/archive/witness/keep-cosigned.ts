import { asError, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { Witness } from './witness.ts';

export interface CosigningOptions {
  /** From one round to the next; a round that finds nothing new costs nothing. */
  readonly every: Milliseconds;
  /** For an answer of a witness. */
  readonly limit: Milliseconds;
}

/** Of one witness: how far it has cosigned, and since when it has not. */
export interface WitnessHealth {
  readonly witness: string;
  readonly size: number;
  /** Wall clock, ms; undefined when it follows. */
  readonly failingSince: number | undefined;
  /** `WITNESS_REFUSED` means that somebody has forged something: an alarm. */
  readonly code: string | undefined;
}

export interface Cosigning extends AsyncDisposable {
  health(): readonly WitnessHealth[];
  /** Signs and has cosigned what is in the log now; returns when every witness has answered or failed. */
  round(): Promise<void>;
}

/** Signs the log's head and takes it to the witnesses, round after round. Calls and appends never wait for it. */
export function keepCosigned(
  log: TransparencyLog,
  witnesses: readonly Witness[],
  options: CosigningOptions,
  clock: Clock,
  logger: Logger,
): Cosigning {
  const states = witnesses.map((witness) => ({
    witness,
    size: 0,
    failingSince: undefined as number | undefined,
    code: undefined as string | undefined,
  }));
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  let cancel = clock.after(options.every, tick);

  async function ask(state: (typeof states)[number]): Promise<void> {
    const checkpoint = await log.checkpoint();
    if (checkpoint.size === 0 || (state.size === checkpoint.size && state.code === undefined)) return;
    const limit = new AbortController();
    const stop = clock.after(options.limit, () => limit.abort());
    const signal = AbortSignal.any([closing.signal, limit.signal]);
    try {
      // the second time from the size that the witness says it has
      for (let tries = 0; ; tries++) {
        const from = Math.min(state.size, checkpoint.size);
        const proof = await log.consistencyProof(from, checkpoint.size);
        const answer = await state.witness.cosign(checkpoint.note, from, proof, signal);
        if ('cosignature' in answer) {
          await log.addCosignature(checkpoint, answer.cosignature);
          break;
        }
        if (answer.size > log.size)
          throw new IvrError(
            'WITNESS_REFUSED',
            `witness ${state.witness.name} has seen more leaves than this log has`,
            {
              witness: state.witness.name,
              seen: answer.size,
              size: log.size,
            },
          );
        state.size = answer.size;
        // it has a newer one already, from another round
        if (answer.size > checkpoint.size || tries > 0) return;
      }
      if (state.failingSince !== undefined) logger.info({ witness: state.witness.name }, 'the witness cosigns again');
      state.size = checkpoint.size;
      state.failingSince = state.code = undefined;
    } catch (thrown) {
      if (closing.signal.aborted) return;
      const error = asError(thrown);
      const code = error instanceof IvrError ? error.code : 'INTERNAL';
      if (code !== state.code)
        logger.error({ witness: state.witness.name, code }, 'the log is no longer cosigned', error);
      state.failingSince ??= clock.wall();
      state.code = code;
    } finally {
      stop();
    }
  }

  /** Without a witness, too: whoever keeps a checkpoint can demand later that nothing before it was changed. */
  async function signed(): Promise<void> {
    if (log.size > 0) await log.checkpoint();
  }

  function round(): Promise<void> {
    return (running ??= signed()
      .then(() => Promise.all(states.map(ask)))
      .then(() => undefined)
      .finally(() => {
        running = undefined;
      }));
  }
  function tick(): void {
    round()
      .catch((thrown: unknown) => logger.error({}, 'the tree head of the log could not be signed', asError(thrown)))
      .finally(() => {
        if (!closing.signal.aborted) cancel = clock.after(options.every, tick);
      });
  }
  return {
    health: () =>
      states.map(({ witness, size, failingSince, code }) => ({ witness: witness.name, size, failingSince, code })),
    round,
    async [Symbol.asyncDispose]() {
      closing.abort();
      cancel();
      await running?.catch(() => undefined);
    },
  };
}
