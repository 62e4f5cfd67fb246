import type { SpokenPrompt } from '../../dialogue/dialogue.ts';
import { asError } from '../../domain/error.ts';
import { seconds } from '../../domain/units.ts';
import { othersRun } from '../../lib/others-run.ts';
import { openPace } from '../../lib/pace.ts';
import type { CallServices } from '../call-services.ts';
import type { ContactEvent, LookUp, Transfer } from './contact-state.ts';
import type { ConversationOptions } from './conversation-options.ts';
import { lookUp } from './look-up.ts';

/** A person is not called more often than this for one caller, however fast they refuse. */
const RING_INTERVAL = seconds(1);

export interface ErrandsOptions
  extends Pick<ConversationOptions, 'endpoint' | 'recording' | 'scope' | 'transfer' | 'onDefect'> {
  readonly dispatch: (event: ContactEvent) => void;
  /** Whether the caller is still meant to be with a person. */
  readonly withPerson: () => boolean;
}

/** What the conversation sends others to do, whose outcome is an event: the bank's look-ups and the call to a person. */
export interface Errands {
  /** Ends with `bank-answered`, with `filler-due` meanwhile. */
  askBank(asked: LookUp): void;
  /** Ends with `person-left`, or with `person-waits`. */
  callPerson(asked: Transfer): void;
}

export function openErrands(options: ErrandsOptions, services: CallServices): Errands {
  const { endpoint, recording, scope, dispatch } = options;
  const rings = openPace(RING_INTERVAL, services.clock);
  const unlessDefect = (work: Promise<void>): void =>
    void work.catch((thrown: unknown) => options.onDefect(asError(thrown)));

  async function askBank(asked: LookUp): Promise<void> {
    const fill = (prompt: SpokenPrompt): void => dispatch({ type: 'filler-due', prompt });
    const { result, took } = await lookUp(asked, services, fill, scope.signal);
    await othersRun();
    dispatch({ type: 'bank-answered', asked, result, tookMs: took });
  }

  async function callPerson(asked: Transfer): Promise<void> {
    endpoint.listen(undefined); // the bot is deaf while a person is on the line
    await rings.wait(scope.signal);
    if (scope.closed || !options.withPerson()) return;
    recording?.note('transfer-began', {});
    const left = await options.transfer(asked);
    await othersRun();
    const { outcome, ...rest } = left;
    dispatch(outcome === 'verify' ? { type: 'person-waits', asked } : { type: 'person-left', outcome, ...rest });
  }

  return {
    askBank: (asked) => unlessDefect(askBank(asked)),
    callPerson: (asked) => unlessDefect(callPerson(asked)),
  };
}
