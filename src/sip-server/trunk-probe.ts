import { randomUUID } from 'node:crypto';
import { type Milliseconds, ms, seconds } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../sip/message/message.ts';
import { newTag } from '../sip/message/tag.ts';
import type { SipStack } from '../sip/stack.ts';

/** No answer for so long is none. */
const ANSWERS_WITHIN: Milliseconds = ms(5_000);
/** Failures in a row after which it counts as gone: one datagram may be lost, with all its repetitions. */
const FAILURES = 2;

export interface TrunkProbeOptions {
  readonly uri: string;
  readonly every: number;
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly onChange: (up: boolean) => void;
}

/** Asks a proxy of a trunk by OPTIONS whether it is there: any answer but 503 says that it is (RFC 3261 section 11). */
export class TrunkProbe {
  readonly #options: TrunkProbeOptions;
  readonly #callId = randomUUID();
  readonly #tag = newTag();
  #cseq = 0;
  #failures = 0;
  #stopTimer: CancelTimer | undefined;
  #closed = false;

  constructor(options: TrunkProbeOptions) {
    this.#options = options;
    this.#ask();
  }

  get up(): boolean {
    return this.#failures < FAILURES;
  }

  close(): void {
    this.#closed = true;
    this.#stopTimer?.();
  }

  #ask(): void {
    const { stack, clock, every, uri } = this.#options;
    let open = true;
    const settle = (answers: boolean): void => {
      if (!open || this.#closed) return;
      open = false;
      stopWaiting();
      this.#note(answers);
      this.#stopTimer = clock.after(seconds(every), () => this.#ask());
    };
    const stopWaiting = clock.after(ANSWERS_WITHIN, () => settle(false));
    this.#stopTimer = stopWaiting;
    void stack.locate(uri).then(([to]) => {
      if (to === undefined || this.#closed) return settle(false);
      stack.sendRequest(this.#request(), to, {
        onResponse: ({ status }) => {
          if (status >= 200) settle(status !== 503);
        },
        onTimeout: () => settle(false),
        onTransportError: () => settle(false),
      });
    });
  }

  #note(answers: boolean): void {
    const before = this.up;
    this.#failures = answers ? 0 : this.#failures + 1;
    if (before !== this.up) this.#options.onChange(this.up);
  }

  #request(): SipRequest {
    const { uri } = this.#options;
    const headers = new SipHeaders([
      ['From', `<${uri}>;tag=${this.#tag}`],
      ['To', `<${uri}>`],
      ['Call-ID', this.#callId],
      ['CSeq', `${++this.#cseq} OPTIONS`],
      ['Accept', 'application/sdp'],
    ]);
    return { kind: 'request', method: 'OPTIONS', uri, headers, body: NO_BODY };
  }
}
