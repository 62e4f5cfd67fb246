// Which test files a change touches, for `npm test -- --changed`: those that import what changed, those that start a thread or process of it,
// those that name a changed file, and of those that run the whole product the ones that are about it.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesIn } from './files-in.mjs';

/** All tests run again. */
const EVERYTHING =
  /^(?:package(?:-lock)?\.json|vitest\.config\.ts|tsconfig\.json|test\/support\/(?:build|leaks|shared-servers|slowest-first)\.ts)$/;
/** They read all files, and take seconds. */
const ALWAYS = 'test/architecture/';
/** Whoever opens these has the whole product: what it is about stands in the table, for its imports would say "everything". */
const WHOLE_PRODUCT = new Set([
  'src/main.ts',
  'src/app/open-app.ts',
  'src/app/open-phone-app.ts',
  'src/cli/start.ts',
  'test/support/test-app.ts',
  'test/support/server-process.ts',
]);

const SIP = ['src/sip', 'src/sip-server', 'src/sdp', 'src/signalling', 'src/drachtio'];
const MEDIA = ['src/media', 'src/audio', 'src/rtp', 'src/sdp'];
const ARCHIVE = ['src/archive', 'src/recording', 'src/verify', 'verify'];
const TALK = ['src/calls', 'src/dialogue', 'src/journal', 'src/bank'];
const SPEECH = ['src/speech', 'src/grammar', 'src/language', 'src/understanding', 'src/media/vad'];

/** Tests that run the whole product, and the folders and files that each is about; one that is not listed is about all sources. */
export const ABOUT = {
  'acceptance/another-codec': ['src/audio', 'src/domain/codec.ts', 'src/media', 'src/recording'],
  'acceptance/archive': [...ARCHIVE, 'src/storage', 'src/cli/archive.ts'],
  'acceptance/baresip': [...SIP, ...MEDIA],
  'acceptance/conference': ['src/media', 'src/calls/queueing', 'src/agents', 'src/queues'],
  'acceptance/core-dumps': ['src/lib/refuse-core-dumps.ts', 'src/cli/start.ts'],
  'acceptance/echo': ['src/audio/echo', 'src/media/engine'],
  'acceptance/evidence': ['src/archive', 'src/verify', 'verify'],
  'acceptance/front-ends/deaths': ['src/media/freeswitch', 'src/signalling', 'src/calls/leg'],
  'acceptance/front-ends/front-end': ['src/media', 'src/signalling', 'src/calls'],
  'acceptance/front-ends/refer': ['src/signalling', 'src/calls/transfer'],
  'acceptance/hand-over': ['src/calls', 'src/agents', 'src/http/routes/desk'],
  'acceptance/keypad': [...TALK, 'src/recording', 'src/speech/clips'],
  'acceptance/ladder': ['src/sip-server', 'src/cli/ladder.ts', 'src/app/keep-ladders.ts'],
  'acceptance/nodes': ['src/storage', 'src/archive/keys', 'src/app'],
  'acceptance/queue': ['src/queues', 'src/calls/queueing', 'src/agents'],
  'acceptance/queue-killed': ['src/queues', 'src/storage'],
  'acceptance/recording-pause': ['src/recording', 'src/calls/recording-pause.ts', 'src/media/engine'],
  'acceptance/registrar': ['src/sip/registrar', 'src/sip/digest', 'src/sip-server'],
  'acceptance/routing': ['src/routing', 'src/app/call-routing.ts'],
  'acceptance/secrecy': ['src/redaction', 'src/media/engine', 'src/dialogue', 'src/journal', 'src/metrics'],
  'acceptance/sipp': SIP,
  'acceptance/sipp-accounts': ['src/sip/digest', 'src/sip/registrar', 'src/sip-server'],
  'acceptance/sipp-media': [...MEDIA, 'src/sip-server'],
  'acceptance/srtp': ['src/rtp/srtp', 'src/sdp', 'src/media/embedded'],
  'acceptance/tls': ['src/sip/transport', 'src/sip-server'],
  'acceptance/trouble-callers': [...SIP, ...MEDIA],
  'acceptance/trouble-descriptors': ['src/lib/file-descriptors.ts', 'src/recording', 'src/app/parts.ts'],
  'acceptance/trouble-ending': ['src/app', 'src/calls', 'src/recording'],
  'acceptance/trouble-killed': ['src/recording', 'src/storage', 'src/signalling'],
  'acceptance/trouble-overload': [
    'src/domain/admission.ts',
    'src/lib/event-loop-lag.ts',
    'src/calls',
    'src/recording',
    'src/sip-server',
  ],
  'acceptance/trouble-starting': ['src/cli', 'src/config', 'src/app'],
  'acceptance/trouble-workers': ['src/media', 'src/recording', 'src/speech', 'src/app', 'src/calls/leg'],
  'acceptance/trunk': ['src/sip/registration', 'src/sip-server'],
  'acceptance/voices/voices': [...SPEECH, 'src/calls/turn'],
  'app/contact-webhook': ['src/app/contact-webhook.ts', 'src/agents'],
  'cli/command-line': ['src/main.ts', 'src/cli', 'src/lab', 'src/config'],
  'cli/evaluate-recognition': ['src/cli/evaluate.ts', 'src/app/evaluate-recognition.ts', 'src/lab', 'src/speech'],
  'cli/queues': ['src/cli/queues.ts', 'src/queues'],
  'cli/recordings-fsck': ['src/cli', 'src/archive/maintenance', 'src/recording'],
  'cli/staff': ['src/cli/staff.ts', 'src/staff'],
  'cli/try': ['src/cli/try.ts', 'src/lab', 'src/dialogue'],
  'docker/metrics': ['src/metrics', 'src/app/server-parts.ts', 'src/app/parts.ts', 'docker'],
  'http/docs-page': ['src/http'],
  'lib/original-positions': ['src/lib/original-positions.ts', 'scripts/bundle.mjs'],
  'web/agent-story': ['web', 'src/agents', 'src/http', 'src/media/webrtc', 'src/calls/queueing'],
  'web/newcomer': ['web', 'src/http/browser', 'src/media/webrtc'],
  'web/product': ['web', 'src/http', 'src/staff', 'src/archive', 'verify'],
};
/** Files that tests find by their folder. */
const READ_BY = {
  'docker/': ['test/docker/'],
  'dialplans/': ['test/dialogue/', 'test/dialogues/'],
  'grammars/': ['test/dialogue/', 'test/dialogues/'],
  'web/': ['test/web/'],
  'verify/': ['test/verify/', 'test/archive/export/'],
  'models/': ['test/speech/', 'test/recognition/', 'test/understanding/'],
  'docs/': ['test/docker/', 'test/config/'],
};

const IMPORT = /(?:from\s+|import\(\s*|import\s+)'(\.{1,2}\/[^']+)'/g;
/** Whoever starts a thread or process names its entry in a string. */
const STARTED = /(?<!from )'((?:\.{1,2}\/)*[\w/-]*-(?:worker|process))\.js'/g;

/** What every module of `src`, `test` and the folders that they import from imports or starts, all by paths from the root. */
export function edgesIn(root) {
  const edges = new Map();
  for (const folder of ['src', 'test', 'verify', 'web/src'])
    for (const name of filesIn(join(root, folder)).filter((file) => /\.tsx?$|\.mjs$/.test(file))) {
      const file = posix.join(folder, name);
      const text = readFileSync(join(root, file), 'utf8');
      const beside = (path) => posix.join(posix.dirname(file), path);
      const imported = [...text.matchAll(IMPORT)].map(([, path]) => beside(path));
      const started = [...text.matchAll(STARTED)]
        .flatMap(([, path]) => [
          beside(`${path}.ts`),
          posix.join('src', path.replace(/^.*?(?:dist|build)\//, '') + '.ts'),
        ])
        .filter((path) => existsSync(join(root, path)));
      edges.set(file, { text, to: [...imported, ...started] });
    }
  return edges;
}

const isTest = (file) => /^test\/.*\.test\.ts$/.test(file);
const within = (file, place) => file === place || file.startsWith(place.endsWith('/') ? place : `${place}/`);

/** Those files, and everything that leads to them by these links (`[from, to]`), but for what `stops`. */
function leadingTo(files, links, stops = () => false) {
  const from = new Map();
  for (const [file, to] of links) from.set(to, [...(from.get(to) ?? []), file]);
  const found = new Set(files);
  const ahead = [...found];
  for (let file = ahead.pop(); file !== undefined; file = ahead.pop())
    for (const next of from.get(file) ?? []) {
      if (found.has(next) || stops(next)) continue;
      found.add(next);
      ahead.push(next);
    }
  return found;
}

const importsIn = (edges) => [...edges].flatMap(([file, { to }]) => to.map((one) => [file, one]));

/** Everything that reaches one of the files by imports, but not by way of the whole product. */
function reaching(edges, changed) {
  // a file that is no module is read by whoever names it
  const read = changed
    .filter((one) => !edges.has(one))
    .flatMap((file) => {
      const name = posix.basename(file);
      const names = ({ text }) => ["'", '"', '`'].some((quote) => text.includes(name + quote));
      return [...edges].filter(([, edge]) => names(edge)).map(([reader]) => [reader, file]);
    });
  return leadingTo(changed, [...importsIn(edges), ...read], (file) => WHOLE_PRODUCT.has(file));
}

/** @returns the test files, or undefined: all of them */
export function testsTouchedBy(root, changed, edges = edgesIn(root)) {
  if (changed.some((file) => EVERYTHING.test(file))) return undefined;
  if (changed.length === 0) return [];
  const reached = reaching(edges, changed);
  const folders = changed.flatMap((file) => {
    const readers = Object.entries(READ_BY).flatMap(([place, tests]) => (within(file, place) ? tests : []));
    return edges.has(file) || !file.startsWith('test/') ? readers : [...readers, `${posix.dirname(file)}/`];
  });
  const whole = new Set(testsOfWholeProduct(edges));
  const about = (test) => ABOUT[test.slice('test/'.length, -'.test.ts'.length)] ?? (whole.has(test) ? ['src'] : []);
  return [...edges.keys()]
    .filter(isTest)
    .filter(
      (test) =>
        reached.has(test) ||
        [...folders, ALWAYS].some((folder) => within(test, folder)) ||
        about(test).some((place) => changed.some((file) => within(file, place))),
    )
    .toSorted();
}

/** Tests that run the whole product: they reach it by imports, or name what is started. */
export function testsOfWholeProduct(edges) {
  const begun = [...edges].filter(([, { text }]) => /['/]dist\/main\.js'/.test(text)).map(([file]) => file);
  const starts = ['test/support/test-app.ts', 'test/support/server-process.ts', ...begun];
  return [...leadingTo(starts, importsIn(edges))].filter(isTest).toSorted();
}
