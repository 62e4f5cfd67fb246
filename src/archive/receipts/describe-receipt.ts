import type { PlayoutReceipt } from './playout-receipts.ts';

/** What became of a prompt, in English words. */
export function describeReceipt({ outcome, words, words_played = 0, ended_in, method }: PlayoutReceipt): string {
  switch (outcome) {
    case 'whole':
      return 'played in full';
    case 'failed':
      return 'its audio could not be had';
    case 'unfinished':
      return 'began; nothing says how far it came';
    case 'not-played':
      return 'not played';
    case 'interrupted': {
      const word = ended_in === undefined ? '' : `, in “${ended_in}”`;
      return `interrupted after ${words_played} of ${words} words${word} (${method ?? 'estimated'})`;
    }
  }
}
