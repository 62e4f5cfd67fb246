import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of half a minute and more, the slowest first: one that begins last keeps a worker busy while the others have nothing. */
const SLOW = [
  'acceptance/evidence',
  'acceptance/keypad',
  'acceptance/trouble-workers',
  'acceptance/trouble-callers',
  'web/agent-story',
  'acceptance/transfer-matrix',
  'acceptance/baresip',
  'web/product',
  'acceptance/nodes',
  'acceptance/voices/espeak',
  'acceptance/voices/festival',
  'acceptance/trouble-starting',
  'acceptance/archive',
  'acceptance/front-ends/front-end',
  'acceptance/trouble-overload',
  'web/pages',
  'speech/recognition',
  'cli/command-line',
  'recognition/whisper',
  'acceptance/trouble-ending',
  'acceptance/sipp-media',
  'archive/blobs/blobs',
  'app/move-archive',
  'acceptance/sipp',
  'acceptance/front-ends/deaths',
  'acceptance/echo',
  'speech/speech-service',
  'archive/maintenance/protect-objects',
].map((name) => `/test/${name}.test.ts`);

/** Real peers, timeouts and stores keep real time: these files wait for most of theirs, and use about a quarter of a core while they run. */
const WAITING = [
  /^(?:acceptance|media|peers|signalling|archive\/blobs)\//,
  /^sip\/sipp\./,
  /^app\/move-archive\./,
  /^archive\/maintenance\/protect-objects\./,
  /^http\/strangers\./,
  /^recording\/(?:crash|spill)\./,
  /^speech\/engine-process-pool\./,
];

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = SLOW.findIndex((name) => moduleId.endsWith(name));
  return place === -1 ? SLOW.length : place;
};
const waits = ({ moduleId }: TestSpecification): boolean => {
  const [, name = ''] = /\/test\/(.+)$/.exec(moduleId) ?? [];
  return WAITING.some((pattern) => pattern.test(name));
};

/** Each list in its order, and the same share of both at any time. */
function mixed<T>(...lists: readonly (readonly T[])[]): T[] {
  return lists
    .flatMap((list) => list.map((one, index) => ({ one, at: (index + 0.5) / list.length })))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** What waits runs beside what computes, so that neither has the machine to itself, nor leaves it idle. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slowestFirst = (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
    return mixed(
      slowestFirst.filter(waits),
      slowestFirst.filter((file) => !waits(file)),
    );
  }
}
