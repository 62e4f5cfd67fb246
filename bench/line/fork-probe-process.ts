import { BroadcastChannel } from 'node:worker_threads';
import { UtteranceBuffer } from '../../src/media/engine/utterance-buffer.ts';
import { ForkEgress } from '../../src/media/freeswitch/fork-egress.ts';
import { PROBE_CHANNEL } from './fork-probe-channel.ts';
import { machineNow, StampReader } from './frame-stamp.ts';

/* The entry of a media worker under measurement: the fork worker, and beside it what notes two moments of its work. */

export interface Probed {
  readonly ages: Float64Array;
  readonly unread: number;
  /** When speech paused a prompt; the worker tells the main thread of each right afterwards, in this order. */
  readonly decisions: readonly number[];
}

const readers = new WeakMap<UtteranceBuffer, StampReader>();
let ages: number[] = [];
let unread = 0;
let decisions: number[] = [];

/** Runs something around a method of all instances. */
function around<T extends object, N extends keyof T>(prototype: T, name: N, wrap: (run: T[N]) => T[N]): void {
  prototype[name] = wrap(prototype[name]);
}

around(
  UtteranceBuffer.prototype,
  'write',
  (write) =>
    function (this: UtteranceBuffer, at, samples, count) {
      write.call(this, at, samples, count);
      const reader = readers.get(this) ?? new StampReader();
      readers.set(this, reader);
      const age = reader.age(samples, machineNow());
      if (age === undefined) unread++;
      else ages.push(age);
    },
);
around(
  ForkEgress.prototype,
  'pauseForSpeech',
  (pause) =>
    function (this: ForkEgress) {
      const at = machineNow();
      const paused = pause.call(this);
      if (paused !== undefined) decisions.push(at);
      return paused;
    },
);

const channel = new BroadcastChannel(PROBE_CHANNEL);
channel.onmessage = ({ data }: { readonly data: unknown }) => {
  if (data === 'take') channel.postMessage({ ages: Float64Array.from(ages), unread, decisions } satisfies Probed);
  if (data !== 'take' && data !== 'clear') return;
  ages = [];
  unread = 0;
  decisions = [];
};
channel.unref();

await import('../../src/media/freeswitch/fork-worker.ts');
