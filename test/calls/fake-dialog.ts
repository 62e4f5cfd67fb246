import { IvrError } from '../../src/domain/error.ts';
import { type Deferred, deferred } from '../../src/lib/deferred.ts';
import type { Dialog, ReferOptions, ReferOutcome, ReferredCall } from '../../src/signalling/signalling.ts';

export class FakeDialog implements Dialog {
  readonly sipCallId = 'call';
  readonly offers: { readonly sdp: string; readonly answer: Deferred<string> }[] = [];
  readonly referred: {
    readonly uri: string;
    readonly options: ReferOptions;
    readonly outcome: Deferred<ReferOutcome>;
  }[] = [];
  remoteSdp: string;
  /** What re-INVITEs of ours are answered with at once; undefined: when the test says so. */
  answersWith: string | undefined = 'answer';
  ended = false;
  byes = 0;
  /** Its far end answers BYE when this resolves. */
  answersBye: Promise<void> | undefined;
  answerOffer: (sdp: string) => Promise<string> = () => Promise.reject(new Error('nobody'));
  onReferred: (referred: ReferredCall) => void = (referred) => referred.refuse(603);
  infoDigit: (digit: string) => void = () => undefined;
  #onEnd: ((because: 'bye' | 'no-ack' | 'timed-out' | 'lost') => 'kept' | void) | undefined;

  constructor(remoteSdp = 'remote') {
    this.remoteSdp = remoteSdp;
  }

  onEnd(listener: (because: 'bye' | 'no-ack' | 'timed-out' | 'lost') => 'kept' | void): void {
    this.#onEnd = listener;
  }

  onOffer(answer: (sdp: string) => Promise<string>): void {
    this.answerOffer = answer;
  }

  onInfoDigit(listener: (digit: string) => void): void {
    this.infoDigit = listener;
  }

  reoffer(sdp: string): Promise<string> {
    if (this.ended) return Promise.reject(new IvrError('CANCELLED', 'the call is over'));
    const answer = deferred<string>();
    this.offers.push({ sdp, answer });
    if (this.answersWith !== undefined) answer.resolve(this.answersWith);
    return answer.promise;
  }

  refer(uri: string, options: ReferOptions): Promise<ReferOutcome> {
    const outcome = deferred<ReferOutcome>();
    this.referred.push({ uri, options, outcome });
    return outcome.promise;
  }

  onRefer(listener: (referred: ReferredCall) => void): void {
    this.onReferred = listener;
  }

  bye(): Promise<void> {
    if (!this.ended) this.byes += 1;
    this.ended = true;
    return this.answersBye ?? Promise.resolve();
  }

  end(because: 'bye' | 'no-ack' | 'timed-out' | 'lost' = 'bye'): void {
    this.ended = true;
    for (const { answer } of this.offers) answer.reject(new IvrError('CANCELLED', 'the call is over'));
    // the owner goes on without it, and says `bye` later
    if (this.#onEnd?.(because) === 'kept') this.ended = false;
  }
}
