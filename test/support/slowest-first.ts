import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of half a minute and more, the slowest first: one that begins last keeps a worker busy while the others have nothing. */
const SLOW = [
  'acceptance/voices/voices',
  'acceptance/evidence',
  'acceptance/keypad',
  'acceptance/trouble-callers',
  'acceptance/baresip',
  'acceptance/trouble-workers',
  'web/product',
  'web/pages',
  'web/agent-story',
  'acceptance/sipp',
  'acceptance/front-ends/front-end',
  'acceptance/archive',
  'acceptance/transfer-matrix',
  'acceptance/trouble-overload',
  'acceptance/another-codec',
  'archive/blobs/blobs',
  'acceptance/trouble-starting',
  'acceptance/registrar',
  'acceptance/srtp',
  'acceptance/sipp-media',
  'acceptance/trouble-ending',
  'acceptance/nodes',
  'acceptance/callback',
  'recognition/whisper',
  'web/newcomer',
  'web/desk',
  'acceptance/echo',
  'acceptance/secrecy',
  'archive/export/bundle',
  'archive/maintenance/protect-objects',
  'web/desk-trouble',
  'recording/crash',
  'acceptance/front-ends/deaths',
].map((name) => `/test/${name}.test.ts`);

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = SLOW.findIndex((name) => moduleId.endsWith(name));
  return place === -1 ? SLOW.length : place;
};

/** Files that share their processes come together, after those that have one each: a process ends when the next file is not for it. */
const sharing = ({ project }: TestSpecification): number => Number(!project.config.isolate);

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => sharing(a) - sharing(b) || placeOf(a) - placeOf(b));
  }
}
