import { legSample } from '../src/domain/units.ts';
import { EchoControl } from '../src/audio/echo/echo-control.ts';
import { decodeMulaw, encodeMulaw } from '../src/audio/g711.ts';
import { fromDbfs, rms } from '../src/audio/level.ts';
import { openSilero } from '../src/media/vad/silero.ts';
import { SpeechDetector } from '../src/media/vad/speech-detector.ts';
import { lockstep } from '../test/media/vad/lockstep-silero.ts';
import { EchoPath, type EchoPathOptions, random } from '../test/support/echo-path.ts';
import { type SpokenUtterance, spokenUtterances } from '../test/support/speech-data.ts';

/*
 * Lines that send our own voice back: how often the bot interrupts itself, how many real interruptions it hears, and what
 * that costs. Prompts stop when speech begins, as on a call. Wants the recorded speech (TELLERLINE_TEST_DATA).
 */

const FRAME = 160;
const library = spokenUtterances();
const people = library.filter(({ source }) => source !== 'tts');
const silence = new Int16Array(FRAME);

/** The spoken part at a level of its own. */
function spoken({ samples, begins, ends }: SpokenUtterance, dbfs: number): Float64Array {
  const part = samples.subarray(begins, ends);
  const gain = fromDbfs(dbfs) / Math.max(1, rms(part));
  return Float64Array.from(part, (sample) => sample * gain);
}

/** Prompts with pauses between them, as G.711 leaves them. */
function prompts(seed: number, seconds: number, voice: string): Int16Array {
  const uniform = random(seed);
  const voices = library.filter((one) => one.voice === voice);
  const out = new Int16Array(seconds * 8000);
  let at = 400 + Math.floor(uniform() * 800);
  for (;;) {
    const next = spoken(voices[Math.floor(uniform() * voices.length)] as SpokenUtterance, -20);
    if (at + next.length > out.length) break;
    out.set(
      Int16Array.from(next, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample)))),
      at,
    );
    at += next.length + 400 + Math.floor(uniform() * 2400);
  }
  return decodeMulaw(encodeMulaw(out));
}

interface Line {
  readonly path: EchoPath;
  readonly control: EchoControl | undefined;
  readonly detector: SpeechDetector;
  readonly prompt: Int16Array;
  /** Samples by which the stream is placed ahead of the clock. */
  readonly ahead: number;
  readonly near: Float64Array | undefined;
  readonly nearAt: number;
  position: number;
  said: number;
  paused: boolean;
  beganAt: number | undefined;
  onsets: number;
  dismissed: number;
  sustained: number;
  heardAt: number | undefined;
}

interface EchoSituation {
  readonly name: string;
  readonly path: Omit<EchoPathOptions, 'delayMs' | 'seed'>;
  readonly control?: boolean;
  readonly nearDbfs?: number;
  readonly nearAt?: number;
  readonly calls?: number;
  readonly aheadMs?: number;
}

interface EchoFigures {
  readonly name: string;
  readonly calls: number;
  /** Times that speech seemed to begin though nobody spoke: all, and those that were not taken back at once. */
  readonly pauses: number;
  readonly self_interruptions: number;
  readonly interruptions: number;
  readonly found: number;
  readonly found_p50_ms: number;
  readonly found_p95_ms: number;
}

const SECONDS = 12;

async function benchEcho(situations: readonly EchoSituation[], log: (figures: EchoFigures) => void): Promise<void> {
  await using inner = await openSilero({ onLost: (error) => console.error(error.message) });
  const steps = lockstep(inner);
  for (const situation of situations) {
    const { name, path, control = true, nearDbfs, calls = 20 } = situation;
    const lines = Array.from({ length: calls }, (_, n): Line => {
      const seed = n * 7 + 3;
      const near =
        nearDbfs === undefined ? undefined : spoken(people[(n * 13) % people.length] as SpokenUtterance, nearDbfs);
      const line: Line = {
        path: new EchoPath({ ...path, delayMs: 20 + ((n * 37) % 181), seed }),
        control: control ? new EchoControl() : undefined,
        detector: new SpeechDetector({
          silero: steps.silero,
          onEvent: (event) => {
            if (event.type === 'speech-began') {
              line.onsets++;
              line.paused = true;
              line.beganAt = line.position;
            } else if (event.type === 'speech-dismissed') {
              line.dismissed++;
              line.paused = false;
              line.beganAt = undefined;
            } else if (event.type === 'speech-sustained') line.sustained++;
            else if (event.type === 'speech-ended') line.paused = false;
            if (event.type === 'speech-began' && line.near !== undefined && line.heardAt === undefined)
              if (line.position > line.nearAt - 800 && line.position < line.nearAt + line.near.length)
                line.heardAt = line.position;
            if (event.type === 'speech-dismissed') line.heardAt = undefined;
          },
        }),
        prompt: prompts(seed, SECONDS, n % 2 === 0 ? 'fl-slt' : 'es-us'),
        near,
        ahead: 8 * (situation.aheadMs ?? 0),
        nearAt: situation.nearAt ?? 24_000 + ((n * 1711) % 48_000),
        position: 0,
        said: 0,
        paused: false,
        beganAt: undefined,
        onsets: 0,
        dismissed: 0,
        sustained: 0,
        heardAt: undefined,
      };
      line.detector.policy({ speculateAfterMs: 224, incompleteMs: 1000, sustainMs: 400 });
      return line;
    });
    for (let at = 0; at < SECONDS * 8000; at += FRAME) {
      for (const line of lines) step(line, at);
      await steps.settle();
    }
    const wanted = lines.filter(({ near }) => near !== undefined);
    const found = wanted.flatMap(({ heardAt, nearAt }) => (heardAt === undefined ? [] : [(heardAt - nearAt) / 8]));
    found.sort((a, b) => a - b);
    const sum = (of: (line: Line) => number): number => lines.reduce((total, line) => total + of(line), 0);
    log({
      name,
      calls,
      pauses: sum((line) => line.onsets) - found.length,
      self_interruptions: sum((line) => line.onsets - line.dismissed) - found.length,
      interruptions: wanted.length,
      found: found.length,
      found_p50_ms: found[Math.floor(found.length / 2)] ?? Number.NaN,
      found_p95_ms: found[Math.floor(found.length * 0.95)] ?? Number.NaN,
    });
    for (const line of lines) line.detector.close();
  }
}

const nearFrame = new Float64Array(FRAME);

function step(line: Line, at: number): void {
  line.position = at + FRAME;
  const playing = !line.paused && line.said + FRAME <= line.prompt.length;
  const frame = playing ? line.prompt.subarray(line.said, line.said + FRAME) : silence;
  if (playing) line.said += FRAME;
  let near: Float64Array | undefined;
  if (line.near !== undefined && at + FRAME > line.nearAt && at < line.nearAt + line.near.length) {
    near = nearFrame;
    for (let n = 0; n < FRAME; n++) near[n] = line.near[at + n - line.nearAt] ?? 0;
  }
  const heard = line.path.pass(frame, near);
  line.control?.played.play(legSample(at), frame);
  const source = line.control?.hear(legSample(at + line.ahead), heard, legSample(at + FRAME));
  line.detector.hear(legSample(at + line.ahead), heard, source ?? 'caller');
}

const levels = [-30, -20, -12, -6];
const situations: EchoSituation[] = [
  { name: 'no echo control, hybrid -12 dB', path: { kind: 'hybrid', levelDb: -12 }, control: false },
  ...levels.map((levelDb): EchoSituation => ({ name: `hybrid ${levelDb} dB`, path: { kind: 'hybrid', levelDb } })),
  ...levels.map(
    (levelDb): EchoSituation => ({ name: `loudspeaker ${levelDb} dB`, path: { kind: 'loudspeaker', levelDb } }),
  ),
  ...levels.map(
    (levelDb): EchoSituation => ({
      name: `loudspeaker ${levelDb} dB, distorted, noise -50 dBFS, 50 ppm, 1 % lost`,
      path: { kind: 'loudspeaker', levelDb, distortion: 'soft', noise: 100, driftPpm: 50, loss: 0.01 },
    }),
  ),
  {
    name: 'first packet 300 ms late, loudspeaker -12 dB',
    path: { kind: 'loudspeaker', levelDb: -12 },
    aheadMs: 300,
  },
  {
    name: 'interrupted, no echo',
    path: { kind: 'hybrid', levelDb: Number.NEGATIVE_INFINITY },
    nearDbfs: -20,
    calls: 24,
  },
  {
    name: 'interrupted, no echo, no control',
    path: { kind: 'hybrid', levelDb: Number.NEGATIVE_INFINITY },
    nearDbfs: -20,
    calls: 24,
    control: false,
  },
  ...levels.map(
    (levelDb): EchoSituation => ({
      name: `interrupted, hybrid ${levelDb} dB`,
      path: { kind: 'hybrid', levelDb },
      nearDbfs: -20,
      calls: levelDb === -20 ? 100 : 24,
    }),
  ),
  ...levels.map(
    (levelDb): EchoSituation => ({
      name: `interrupted, loudspeaker ${levelDb} dB`,
      path: { kind: 'loudspeaker', levelDb },
      nearDbfs: -20,
      calls: 24,
    }),
  ),
];

/** CPU of the echo control alone, per cent of a core while a prompt plays: the median of nine runs. `near`: what the caller says over it. */
function cost(name: string, levelDb: number, near?: Int16Array): void {
  const prompt = prompts(3, 20, 'fl-slt');
  const path = new EchoPath({ kind: 'hybrid', levelDb, delayMs: 60, seed: 3 });
  const heard: Int16Array[] = [];
  for (let at = 0; at + FRAME <= prompt.length; at += FRAME)
    heard.push(path.pass(prompt.subarray(at, at + FRAME), near && Float64Array.from(near.subarray(at, at + FRAME))));
  const runs = Array.from({ length: 9 }, () => {
    const control = new EchoControl();
    const before = process.cpuUsage();
    for (const [n, frame] of heard.entries()) {
      control.played.play(legSample(n * FRAME), prompt.subarray(n * FRAME, (n + 1) * FRAME));
      control.hear(legSample(n * FRAME), frame.slice(), legSample((n + 1) * FRAME));
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / heard.length / 200;
  }).sort((a, b) => a - b);
  console.log(JSON.stringify({ name, cpu_percent_of_a_core: runs[4] }));
}

const only = process.argv[2];
cost('cost without echo', Number.NEGATIVE_INFINITY);
cost('cost without echo, the caller speaks', Number.NEGATIVE_INFINITY, prompts(4, 20, 'es-us'));
cost('cost with echo', -12);
await benchEcho(
  situations.filter(({ name }) => only === undefined || name.includes(only)),
  (figures) => console.log(JSON.stringify(figures)),
);
