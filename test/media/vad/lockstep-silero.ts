import type { Silero, SileroStream } from '../../../src/media/vad/silero.ts';

/** Silero, faster than real time: `settle` resolves when every frame that was accepted has been answered. */
export interface LockstepSilero {
  readonly silero: Silero;
  settle(): Promise<void>;
}

export function lockstep(inner: Silero): LockstepSilero {
  let owed = 0;
  let wake: (() => void) | undefined;
  const pay = (count: number): void => {
    owed -= count;
    if (owed === 0) wake?.();
  };
  const open = (onProbability: (probability: number) => void): SileroStream => {
    let mine = 0;
    const stream = inner.open((probability) => {
      onProbability(probability);
      mine--;
      pay(1);
    });
    const forget = (): void => {
      pay(mine);
      mine = 0;
    };
    return {
      push(frame) {
        const accepted = stream.push(frame);
        if (accepted) {
          mine++;
          owed++;
        }
        return accepted;
      },
      reset() {
        stream.reset();
        forget();
      },
      close() {
        stream.close();
        forget();
      },
    };
  };
  const silero: Silero = {
    get ready() {
      return inner.ready;
    },
    get counts() {
      return inner.counts;
    },
    get pid() {
      return inner.pid;
    },
    open,
    flush: () => inner.flush(),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
  return {
    silero,
    settle() {
      inner.flush();
      if (owed === 0) return Promise.resolve();
      return new Promise((resolve) => {
        wake = () => {
          wake = undefined;
          resolve();
        };
      });
    },
  };
}
