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
  'acceptance/callback',
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

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = SLOW.findIndex((name) => moduleId.endsWith(name));
  return place === -1 ? SLOW.length : place;
};
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
