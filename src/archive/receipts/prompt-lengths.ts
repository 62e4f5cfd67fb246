import type { CallEvent } from '../../domain/call-event.ts';

/** Texts that are remembered, the longest unused forgotten first. */
const MOST = 2_000;

/** How long prompts are that were played in full, from call to call: where one ended that was interrupted is counted by it. */
export interface PromptLengths {
  /** Ms; undefined: it was never played in full, or holds what is one caller's alone. */
  lengthOf(text: string): number | undefined;
  learn(events: readonly CallEvent[]): void;
}

export function openPromptLengths(): PromptLengths {
  const lengths = new Map<string, number>();
  return {
    lengthOf: (text) => lengths.get(text),
    learn(events) {
      const playing = new Map<string, string>();
      for (const event of events) {
        if (event.type === 'prompt-started' && !event.personal)
          playing.set(`${event.turn} ${event.prompt}`, event.text);
        if (event.type !== 'prompt-finished' || event.because !== 'end') continue;
        const text = playing.get(`${event.turn} ${event.prompt}`);
        if (text === undefined) continue;
        lengths.delete(text);
        lengths.set(text, event.played_ms);
        const [oldest] = lengths.keys();
        if (lengths.size > MOST && oldest !== undefined) lengths.delete(oldest);
      }
    },
  };
}
