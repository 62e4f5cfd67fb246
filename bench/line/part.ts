import type { Utterance } from './telephone.ts';
import type { Speech } from './utterances.ts';

/** One of the things that `npm run bench` measures. */
export interface Part {
  readonly title: string;
  /** What is stated in docs/performance.md. */
  run(bench: BenchRun): Promise<PartResult>;
}

export interface BenchRun {
  readonly speech: Speech;
  /** Few calls and short times: whether it works, not how well. */
  readonly quick: boolean;
  say(text: string): Utterance;
  progress(line: string): void;
}

export interface PartResult {
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly targets: readonly Target[];
  readonly notes?: readonly string[];
}

export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: number | undefined;
  readonly unit: string;
  readonly met: boolean;
}

export const atMost = (what: string, limit: number, measured: number, unit = 'ms'): Target => ({
  what,
  target: `≤ ${limit} ${unit}`,
  measured: finite(measured),
  unit,
  met: measured <= limit,
});

export const atLeast = (what: string, limit: number, measured: number, unit: string): Target => ({
  what,
  target: `≥ ${limit} ${unit}`,
  measured: finite(measured),
  unit,
  met: measured >= limit,
});

const finite = (value: number): number | undefined => (Number.isFinite(value) ? round(value) : undefined);

export const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;
