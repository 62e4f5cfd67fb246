import { activeLevel } from '../src/audio/active-level.ts';
import { decodeMulaw, encodeMulaw } from '../src/audio/g711.ts';
import { BUILT_IN_SERVICES } from '../src/services/open-services.ts';
import { loadDialplan } from '../src/dialogue/load-dialplan.ts';
import { seconds } from '../src/domain/units.ts';
import { spokenText } from '../src/language/en/spoken-text.ts';
import { errorRate } from '../src/language/error-rate.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { openEspeak } from '../src/speech/engines/espeak/espeak.ts';
import { openNeuralVoice } from '../src/speech/engines/neural-voice/neural-voice.ts';
import { NEURAL_VOICES } from '../src/speech/engines/neural-voice/voices.ts';
import { openRecognition } from '../src/speech/recognition/open-recognition.ts';
import { clauseAudio } from '../src/speech/synthesis/clause-audio.ts';
import { clausesOf } from '../src/speech/synthesis/clauses.ts';
import { sayWithFlite } from '../test/support/flite/say-with-flite.ts';

/*
 * How well each voice is understood, by the shipped recognizer in free decoding over µ-law, and how loud it is: the first
 * sixty static prompts of the shipped dialplan. flite, the voice of version 0.1, is measured in the same run.
 */

const PROMPTS = 60;
const QUIET = new Int16Array(2_400);
const never = new AbortController().signal;

interface Speaker {
  readonly voice: string;
  speak(clause: string): Promise<Int16Array>;
}

export interface VoiceFigures {
  readonly voice: string;
  readonly word_errors_percent: number;
  /** Active level as the engine makes it, and of the clips that callers hear: lowest and highest, dBFS. */
  readonly engine_level_dbfs: readonly [number, number];
  readonly clip_level_dbfs: readonly [number, number];
  /** Largest difference of two clauses that follow each other in a clip. */
  readonly largest_step_db: number;
  readonly seconds: number;
}

export async function benchVoices(): Promise<VoiceFigures[]> {
  const dialogue = await loadDialplan('dialplans/bank-hotline.yaml', {
    grammarsDirectory: 'grammars',
    services: BUILT_IN_SERVICES,
  });
  const prompts = dialogue.staticPrompts.slice(0, PROMPTS).map(({ text }) => spokenText(text, 'en-US'));
  const language = { language: 'en-US' };
  await using neural = await openNeuralVoice({}, silentLogger);
  await using espeak = await openEspeak().catch(() => undefined);
  const speakers: Speaker[] = [
    ...NEURAL_VOICES.map((voice) => ({
      voice,
      speak: (clause: string) => neural.speak(clause, { ...language, voice }, never),
    })),
    { voice: 'flite slt', speak: (clause) => sayWithFlite(clause, 'slt') },
    { voice: 'flite rms', speak: (clause) => sayWithFlite(clause, 'rms') },
    ...(espeak === undefined
      ? []
      : [{ voice: 'espeak-ng en-us', speak: (clause: string) => espeak.speak(clause, language, never) }]),
  ];
  const figures: VoiceFigures[] = [];
  for (const speaker of speakers) figures.push(await benchVoice(speaker, prompts));
  return figures;
}

async function benchVoice(speaker: Speaker, prompts: readonly string[]): Promise<VoiceFigures> {
  const options = { recognizer: 'whisper', recognizers: 1, recognizerThreads: 1, queueLimit: 4 } as const;
  await using recognition = await openRecognition(options as never, silentLogger);
  const [engineLevels, clipLevels, steps]: number[][] = [[], [], []];
  let [said, wrong, samples] = [0, 0, 0];
  for (const prompt of prompts) {
    const pieces: Int16Array[] = [QUIET];
    let before: number | undefined;
    for (const clause of clausesOf(prompt)) {
      const raw = await speaker.speak(clause);
      const piece = clauseAudio(raw, clause);
      if (piece.length === 0) continue;
      engineLevels?.push(activeLevel(raw).level);
      const { level } = activeLevel(piece);
      if (before !== undefined) steps?.push(Math.abs(level - before));
      before = level;
      pieces.push(piece);
    }
    const clip = Int16Array.from(pieces.flatMap((piece) => [...piece]));
    clipLevels?.push(activeLevel(clip).level);
    samples += clip.length;
    const heard = decodeMulaw(encodeMulaw(Int16Array.from([...clip, ...QUIET])));
    const request = { language: 'en-US', orFree: true, kind: 'final' } as const;
    const { hypotheses } = await recognition.recognize(heard, request, seconds(30), never);
    const words = wordsOf(prompt);
    said += words.length;
    wrong += errorRate(words, wordsOf(hypotheses[0]?.words.join(' ') ?? '')) * words.length;
  }
  return {
    voice: speaker.voice,
    word_errors_percent: rounded((100 * wrong) / said),
    engine_level_dbfs: range(engineLevels ?? []),
    clip_level_dbfs: range(clipLevels ?? []),
    largest_step_db: rounded(Math.max(0, ...(steps ?? []))),
    seconds: rounded(samples / 8000),
  };
}

const wordsOf = (text: string): string[] =>
  spokenText(text, 'en-US')
    .toLowerCase()
    .replace(/[^a-z']+/g, ' ')
    .split(' ')
    .filter((word) => word !== '' && word !== 'and');
const rounded = (value: number): number => Math.round(value * 10) / 10;
const range = (values: readonly number[]): readonly [number, number] => [
  rounded(Math.min(...values)),
  rounded(Math.max(...values)),
];

if (process.argv[1]?.endsWith('voices.js') === true) console.log(JSON.stringify(await benchVoices(), null, 2));
