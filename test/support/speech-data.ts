import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWav } from '../../src/audio/wav.ts';
import { testData } from './test-data.ts';

export interface SpokenUtterance {
  readonly file: string;
  readonly voice: string;
  readonly source: string;
  /** 8 kHz. */
  readonly samples: Int16Array;
  /** Samples. */
  readonly begins: number;
  readonly ends: number;
  readonly text: string;
}

/** All utterances of transcripts.tsv; [] when there are none. */
export function spokenUtterances(): readonly SpokenUtterance[] {
  const folder = testData('speech');
  if (folder === undefined) return [];
  const list = join(folder, 'transcripts.tsv');
  const [, ...rows] = readFileSync(list, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [file = '', voice = '', source = '', , , starts = '', ends = '', text = ''] = row.split('\t');
    const wav = parseWav(readFileSync(join(folder, file)));
    return {
      file,
      voice,
      source,
      samples: wav.samples[0] ?? new Int16Array(0),
      begins: Math.round(Number(starts) * wav.rate),
      ends: Math.round(Number(ends) * wav.rate),
      text,
    };
  });
}

export const humanSpeech = (): readonly SpokenUtterance[] =>
  spokenUtterances().filter(({ source }) => source !== 'tts');
