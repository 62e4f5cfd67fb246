import { legSample } from '../src/domain/units.ts';
import { readFileSync } from 'node:fs';
import { mixInto } from '../src/audio/mixer.ts';
import { tone } from '../src/audio/tone.ts';
import { openSilero } from '../src/media/vad/silero.ts';
import { SpeechDetector } from '../src/media/vad/speech-detector.ts';
import { noise } from '../test/support/noise.ts';
import { spokenUtterances } from '../test/support/speech-data.ts';

/* What voice-activity detection costs per call, and how soon it hears speech, in real time. */

export interface VoiceActivityFigures {
  readonly calls: number;
  readonly seconds: number;
  /** Share of the time that callers spoke, and that Silero listened. */
  readonly spoken: number;
  readonly listened: number;
  /** Per cent of one core per call: the gate and the bookkeeping in the media worker; the Silero process. */
  readonly worker_cpu_percent_per_call: number;
  readonly process_cpu_percent_per_call: number;
  readonly frames_per_batch: number;
  /** From the labelled beginning of speech to the event, for the utterances found. */
  readonly onset_p50_ms: number;
  readonly onset_p95_ms: number;
  readonly utterances: number;
  /** Utterances without an event within a second, and events without an utterance. */
  readonly missed: number;
  readonly false_starts: number;
  readonly fallbacks: number;
}

const RATE = 8000;
const SLOTS = 4;
const SLOT_MS = 5;
const SPEECH_SHARE = 0.3;
const CLOCK_TICK_MS = 10;

interface Caller {
  readonly audio: Int16Array;
  readonly begins: readonly number[];
  readonly heard: { readonly at: number; readonly now: number }[];
  readonly detector: SpeechDetector;
  position: number;
}

export async function benchVoiceActivity(calls = 150, seconds = 20): Promise<VoiceActivityFigures> {
  await using silero = await openSilero({ onLost: (error) => console.error(error.message) });
  let spokenSamples = 0;
  const callers = Array.from({ length: calls }, (_, n): Caller => {
    const { audio, begins, spoken } = dialogue(n, seconds * RATE);
    spokenSamples += spoken;
    const caller: Caller = {
      audio,
      begins,
      heard: [],
      position: 0,
      detector: new SpeechDetector({
        silero,
        onEvent: (event) => {
          if (event.type === 'speech-began') caller.heard.push({ at: event.at, now: caller.position });
        },
      }),
    };
    caller.detector.policy({ speculateAfterMs: 224, incompleteMs: 500, sustainMs: 400 });
    return caller;
  });
  const cpu = process.cpuUsage();
  const childCpu = cpuMsOf(silero.pid);
  const began = performance.now();
  for (let tick = 0; tick < (seconds * 1000) / SLOT_MS; tick++) {
    const due = began + tick * SLOT_MS;
    for (let n = tick % SLOTS; n < calls; n += SLOTS) hear(callers[n]);
    const wait = due + SLOT_MS - performance.now();
    await new Promise((resolve) => (wait > 1 ? setTimeout(resolve, wait) : setImmediate(resolve)));
  }
  const used = process.cpuUsage(cpu);
  const elapsed = performance.now() - began;
  const percent = (cpuMs: number): number => (100 * cpuMs) / elapsed / calls;
  const onsets = callers.flatMap(({ begins, heard }) =>
    begins.flatMap((begin) =>
      heard
        .filter(({ now }) => now > begin && now <= begin + RATE)
        .slice(0, 1)
        .map(({ now }) => (now - begin) / 8),
    ),
  );
  const utterances = callers.reduce((sum, { begins }) => sum + begins.length, 0);
  const events = callers.reduce((sum, { heard }) => sum + heard.length, 0);
  const figures: VoiceActivityFigures = {
    calls,
    seconds,
    spoken: spokenSamples / (calls * seconds * RATE),
    listened: (silero.counts.frames * 256) / (calls * seconds * RATE),
    worker_cpu_percent_per_call: percent((used.user + used.system) / 1000),
    process_cpu_percent_per_call: percent(cpuMsOf(silero.pid) - childCpu),
    frames_per_batch: silero.counts.frames / silero.counts.batches,
    onset_p50_ms: quantile(onsets, 0.5),
    onset_p95_ms: quantile(onsets, 0.95),
    utterances,
    missed: utterances - onsets.length,
    false_starts: events - onsets.length,
    fallbacks: callers.reduce((sum, { detector }) => sum + detector.counts.fallbacks, 0),
  };
  for (const { detector } of callers) detector.close();
  return figures;
}

function hear(caller: Caller | undefined): void {
  if (caller === undefined || caller.position + 160 > caller.audio.length) return;
  const at = caller.position;
  caller.position += 160;
  caller.detector.hear(legSample(at), caller.audio.subarray(at, at + 160));
}

const library = spokenUtterances();

/** Utterances and pauses over a quiet line, speech 30 % of the time. Without recordings a chord stands for a voice. */
function dialogue(seed: number, count: number): { audio: Int16Array; begins: number[]; spoken: number } {
  const audio = noise(count, 40, seed + 1);
  const begins: number[] = [];
  let spoken = 0;
  let at = Math.round((seed % 37) * 0.1 * RATE) + RATE;
  for (let n = seed * 7; ; n++) {
    const utterance = library[n % Math.max(1, library.length)];
    const voice =
      utterance?.samples.subarray(utterance.begins, utterance.ends) ??
      tone([150, 450, 900], 2 * RATE, { amplitude: 3000 });
    const pause = Math.round((voice.length * (1 - SPEECH_SHARE)) / SPEECH_SHARE);
    if (at + voice.length + RATE > count) return { audio, begins, spoken };
    mixInto(audio.subarray(at), voice);
    begins.push(at);
    spoken += voice.length;
    at += voice.length + pause;
  }
}

/** User and system time of a process (Linux). */
function cpuMsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
