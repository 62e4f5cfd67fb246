import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

/*
 * Data flows one way, and so do imports. Who may import whom, by folder of src/ and, where a folder holds more than one
 * concept, by the folder within. What is not listed is refused; a folder may always import itself.
 */

const PURE = ['domain'];
const SIP_WIRE = ['domain', 'lib', 'sip/message'];
const SIP_PARTS = ['dialog', 'digest', 'registrar', 'registration', 'transport'].map((part) => `sip/${part}`);
const MEDIA_ADAPTER = ['domain', 'lib', 'audio', 'rtp', 'sdp', 'media', 'media/engine', 'media/vad'];
const CALL_PART = ['domain', 'lib', 'dialogue', 'media', 'recording', 'signalling', 'speech', 'calls'];
const ARCHIVE = [
  'domain',
  'lib',
  ...['blobs', 'container', 'index', 'keys', 'log', 'manifest', 'signing'].map((room) => `archive/${room}`),
];
const MAY: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  lib: PURE,
  language: ['domain', 'language/en', 'language/zh'],
  'language/en': ['language'],
  'language/zh': ['language'],
  audio: PURE,
  'audio/echo': PURE,
  'audio/flac': PURE,
  rtp: PURE,
  'rtp/srtp': ['domain', 'rtp'],
  sdp: PURE,
  yaml: [],
  'sip/message': PURE,
  'sip/dialog': ['domain', 'sip/message'],
  'sip/digest': ['domain', 'sip/message'],
  'sip/registrar': ['domain', 'sip/message'],
  'sip/registration': [],
  // a transaction remembers the flow that it came by; transports use the transactions' timer wheel
  'sip/transaction': [...SIP_WIRE, 'sip', 'sip/transport'],
  'sip/transport': [...SIP_WIRE, 'sip/transaction'],
  sip: [...SIP_WIRE, 'sip/transaction', 'sip/transport'],
  'sip-server': [...SIP_WIRE, ...SIP_PARTS, 'sdp', 'sip'],
  drachtio: ['domain', 'lib'],
  signalling: PURE,
  'signalling/drachtio': ['domain', 'lib', 'sdp', 'sip/message', 'drachtio', 'signalling'],
  media: ['domain', 'speech'],
  'media/vad': ['domain', 'lib'],
  'media/engine': ['domain', 'lib', 'audio', 'audio/echo', 'speech', 'recording', 'media', 'media/vad'],
  'media/embedded': [...MEDIA_ADAPTER, 'rtp/srtp'],
  'media/webrtc': ['domain', 'lib', 'rtp', 'sdp', 'media'],
  'media/freeswitch': [...MEDIA_ADAPTER, 'speech', 'drachtio'],
  speech: PURE,
  'speech/client': ['domain', 'lib', 'speech', 'speech/recognition', 'speech/synthesis', 'speech/worker'],
  'speech/worker': [
    'domain',
    'lib',
    'language',
    'language/en',
    'language/zh',
    'speech',
    'speech/clips',
    'speech/recognition',
    'speech/synthesis',
  ],
  'speech/clips': ['domain', 'lib', 'audio', 'speech', 'speech/synthesis'],
  'speech/recognition': ['domain', 'lib', 'speech', 'speech/engines', 'speech/worker'],
  'speech/synthesis': ['domain', 'lib', 'language/en', 'audio', 'speech', 'speech/engines'],
  'speech/engines': [
    'domain',
    'lib',
    'language',
    'language/en',
    'language/zh',
    'audio',
    'speech',
    'speech/processes',
    'speech/worker',
  ],
  'speech/processes': ['domain', 'lib'],
  // W3C grammars: read, parsed, interpreted, compiled to automata; pure but for QuickJS, which stands behind a port
  'grammar/model': PURE,
  'grammar/srgs': ['domain', 'grammar/model'],
  'grammar/parse': ['domain', 'grammar/model'],
  'grammar/sisr': ['domain', 'grammar/model', 'grammar/parse'],
  'grammar/quickjs': ['grammar/model', 'grammar/sisr'],
  'grammar/automaton': ['domain', 'grammar/model'],
  'grammar/builtin': ['language', 'language/en', 'language/zh', 'grammar/model', 'grammar/parse', 'grammar/srgs'],
  grammar: ['domain', 'language', 'grammar/model', 'grammar/parse', 'grammar/sisr', 'grammar/srgs'],
  dialogue: ['domain', 'dialogue/dialplan', 'dialogue/grammar', 'dialogue/machine'],
  'dialogue/dialplan': [
    'domain',
    'yaml',
    'language/en',
    'language/zh',
    'grammar/automaton',
    'grammar/model',
    'dialogue',
    'dialogue/grammar',
  ],
  'dialogue/grammar': ['domain', 'language/en', 'language/zh', 'grammar/automaton', 'grammar/model'],
  'dialogue/machine': [
    'domain',
    'grammar/automaton',
    'dialogue',
    'dialogue/dialplan',
    'dialogue/grammar',
    'dialogue/nlu',
  ],
  'dialogue/nlu': ['domain', 'language/en', 'language/zh'],
  // who is calling: what is heard of each item, and the machine that judges it; both pure
  'identity/evidence': ['domain', 'identity', 'language', 'language/en', 'language/zh'],
  identity: ['domain', 'language', 'identity/evidence'],
  'second-factor': ['domain', 'lib'],
  bank: ['domain', 'lib', 'dialogue'],
  'bank/http': ['domain', 'bank'],
  'bank/grpc': ['domain', 'bank'],
  'bank/demo': ['domain', 'lib', 'bank', 'bank/grpc'],
  recording: ['domain', 'lib', 'audio', 'recording/former-spool', 'recording/spool'],
  // a log of records, whatever is in them
  'recording/spool': ['domain', 'lib'],
  // the recorder's records, in the files that 0.1 wrote
  'recording/former-spool': ['domain', 'lib', 'recording', 'recording/spool'],
  'archive/keys': ['domain', 'lib', 'archive/national'],
  'archive/blobs': ['domain', 'lib'],
  'archive/container': ['domain', 'lib', 'archive/keys', 'archive/national'],
  // where the parts of the archive meet: a recording on its way, and the archive as a whole
  'archive/pipeline': [...ARCHIVE, 'audio', 'audio/flac', 'recording', 'archive', 'archive/leaks', 'archive/receipts'],
  'archive/maintenance': [
    ...ARCHIVE,
    'archive/pipeline',
    'archive/recognition',
    'archive/retention',
    'recording',
    'redaction',
    'storage',
    'verify',
  ],
  // archived audio heard anew: the port of the recognizer, whatever stands behind it
  'archive/recognition': [
    ...ARCHIVE,
    'archive/pipeline',
    'archive/transcript',
    'audio',
    'audio/flac',
    'speech',
    'storage',
  ],
  storage: ['domain', 'lib'],
  'archive/signing': ['domain', 'lib'],
  'archive/log': ['domain', 'lib', 'archive/signing', 'verify'],
  'archive/manifest': ['domain', 'lib', 'recording', 'archive/signing', 'archive/log', 'verify'],
  'archive/timestamps': ['domain', 'lib', 'archive/log', 'verify'],
  'archive/witness': ['domain', 'lib', 'archive/log', 'archive/signing', 'verify'],
  // whoever verifies shares no code with whoever made it; it runs in browsers too
  verify: [],
  'archive/national': PURE,
  'archive/receipts': ['domain', 'lib'],
  'archive/leaks': ['lib', 'audio', 'redaction'],
  'archive/export': ['domain', 'lib', 'audio/flac', 'verify', 'archive/log', 'archive/manifest', 'archive/signing'],
  journal: ['domain', 'lib', 'storage'],
  'archive/words': [],
  'archive/index': ['domain', 'lib', 'storage', 'archive/words'],
  'archive/search': ['domain', 'lib', 'storage', 'archive/index', 'archive/words'],
  'archive/retention': ['domain', 'lib', 'storage', 'archive/blobs', 'archive/index', 'archive/signing'],
  'archive/completeness': ['domain', 'lib', 'storage', 'archive/index', 'archive/signing'],
  'archive/transcript': ['domain', 'redaction', 'archive/index', 'archive/manifest'],
  'calls/turn': ['domain', 'lib', 'dialogue', 'media', 'speech'],
  'calls/leg': ['domain', 'lib', 'media', 'signalling', 'calls'],
  'calls/transfer': [...CALL_PART.filter((part) => part !== 'dialogue'), 'calls/leg'],
  'calls/conversation': [...CALL_PART, 'calls/transfer', 'calls/turn'],
  // an agent of a queue for a customer; the desks and the queues are on the other side
  'calls/queueing': [
    ...CALL_PART.filter((part) => part !== 'dialogue'),
    'language',
    'queues',
    'agents',
    'calls/leg',
    'calls/transfer',
    'calls/conversation',
  ],
  calls: [...CALL_PART, 'bank', 'calls/leg', 'calls/transfer', 'calls/conversation', 'calls/queueing'],
  // the machines are pure; the service drives them over the port of the store
  agents: ['domain', 'lib', 'queues', 'queues/reports'],
  'agents/tickets': ['domain', 'lib', 'agents', 'storage'],
  queues: ['domain', 'lib', 'routing'],
  'queues/store': ['domain', 'lib', 'queues', 'storage'],
  // numbers counted from the journal's rows
  'queues/reports': ['domain', 'lib', 'queues'],
  // an auditor's: it shares no code with what it looks at
  'queues/prove': [],
  redaction: ['domain', 'language/en', 'language/zh'],
  metrics: ['domain', 'lib'],
  // which calls go where; the configuration reads its table
  routing: ['domain', 'lib'],
  config: ['domain', 'lib', 'yaml', 'routing', 'queues'],
  // accounts, roles, sessions and the audit trail; of the archive it knows recordings by their ids alone
  staff: ['domain', 'lib', 'storage'],
  // what the web server asks of the archive: types alone; whatever stands behind them is below
  archive: PURE,
  http: ['domain', 'lib', 'redaction', 'archive', 'staff', 'agents'],
  'lab/demo': PURE,
  'lab/evaluation': ['domain', 'identity'],
  'lab/phone': ['domain', 'lib', 'audio', 'media', 'recording', 'signalling', 'speech', 'yaml'],
};
/** Folders whose inner folders are concepts of their own. */
const DIVIDED = new Set(
  Object.keys(MAY)
    .filter((room) => room.includes('/'))
    .map((room) => room.split('/')[0] ?? ''),
);

/** Folders of adapters: only a composition root names what is in them. */
const ADAPTERS: readonly { readonly files: RegExp; readonly except: RegExp }[] = [
  { files: /^signalling\/drachtio\//, except: /^signalling\/drachtio\// },
  { files: /^media\/embedded\//, except: /^media\/embedded\// },
  { files: /^media\/webrtc\//, except: /^media\/webrtc\// },
  { files: /^media\/freeswitch\//, except: /^media\/freeswitch\// },
  { files: /^speech\/engines\//, except: /^speech\// },
  { files: /^sip-server\//, except: /^sip-server\// },
  { files: /^bank\/(?:http|grpc|demo)\//, except: /^bank\// },
];
/** The entry and the composition roots. They alone may import everything. */
const ROOTS = /^(?:main|version|(?:app|cli)\/[a-z-]+)\.ts$/;

const source = join(import.meta.dirname, '../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'(\.{1,2}\/[^']+)'|import\('(\.{1,2}\/[^']+)'\)/g;

const imports = files.flatMap((file) =>
  [...readFileSync(join(source, file), 'utf8').matchAll(IMPORT)].map((match) => ({
    file,
    imported: relative(source, join(source, dirname(file), match[1] ?? match[2] ?? '')),
  })),
);
/** The folder that the table knows a file by: `sip/message` of `sip/message/uri.ts`, `sip` of `sip/stack.ts`. */
function folder(file: string): string {
  const [first = '', second = '', third] = file.split('/');
  return DIVIDED.has(first) && third !== undefined ? `${first}/${second}` : first;
}

test('there are imports to look at', () => {
  expect(imports.length).toBeGreaterThan(100);
});

test('every import goes the right way', () => {
  const wrong = imports.filter(({ file, imported }) => {
    if (ROOTS.test(file)) return false;
    const [from, to] = [folder(file), folder(imported)];
    return from !== to && MAY[from]?.includes(to) !== true;
  });
  expect(wrong).toEqual([]);
});

/** Everybody may use them; whether a folder does at this moment says nothing. */
const FOUNDATIONS = new Set(['domain', 'lib']);

test('the table allows nothing that is not used: an arrow that is gone is refused from then on', () => {
  const used = new Set(imports.map(({ file, imported }) => `${folder(file)} → ${folder(imported)}`));
  const allowed = Object.entries(MAY).flatMap(([from, all]) =>
    all.filter((to) => !FOUNDATIONS.has(to)).map((to) => `${from} → ${to}`),
  );
  expect(allowed.filter((arrow) => !used.has(arrow))).toEqual([]);
});

test('adapters are named by composition roots alone', () => {
  const wrong = imports.filter(({ file, imported }) =>
    ADAPTERS.some(({ files: inside, except }) => inside.test(imported) && !except.test(file) && !ROOTS.test(file)),
  );
  expect(wrong).toEqual([]);
});

test('every folder stands in the table', () => {
  const known = new Set(Object.keys(MAY));
  expect(
    [...new Set(files.filter((file) => !ROOTS.test(file)).map(folder))].filter((room) => !known.has(room)),
  ).toEqual([]);
});

test('no file imports itself, whatever the way round', () => {
  const next = new Map<string, string[]>();
  for (const { file, imported } of imports) next.set(file, [...(next.get(file) ?? []), imported]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const imported of next.get(file) ?? []) visit(imported, [...path, file]);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('nothing imports http, and no folder but the roots reads process.env (handing it on to a child is no reading)', () => {
  expect(
    imports.filter(
      ({ file, imported }) =>
        folder(imported).startsWith('http') && !folder(file).startsWith('http') && !ROOTS.test(file),
    ),
  ).toEqual([]);
  const reading = files.filter(
    (file) => !ROOTS.test(file) && /process\.env\b(?!,)/.test(readFileSync(join(source, file), 'utf8')),
  );
  expect(reading).toEqual([]);
});

test('process.exit belongs to main', () => {
  const exits = files.filter(
    (file) =>
      !/^main\.ts$|-(?:worker|process)\.ts$/.test(file) &&
      /process\.exit\(/.test(readFileSync(join(source, file), 'utf8')),
  );
  expect(exits).toEqual([]);
});
