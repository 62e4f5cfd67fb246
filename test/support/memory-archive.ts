import { wallMs } from '../../src/domain/units.ts';
import { IvrError } from '../../src/domain/error.ts';
import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import type { ExportJob } from '../../src/archive/exports.ts';
import type { Hold } from '../../src/archive/holds.ts';
import type { VirtualWav } from '../../src/archive/playback.ts';
import type { RecordingDetail } from '../../src/archive/recording-reader.ts';
import type { FoundRecording, RecordingQuery } from '../../src/archive/recording-search.ts';
import type { RetentionPolicy } from '../../src/archive/retention-policies.ts';
import type { SavedSearch } from '../../src/archive/saved-searches.ts';
import type { SearchScope } from '../../src/domain/search-scope.ts';
import { sampleOf } from '../../src/staff/decide.ts';

/* The archive's services in memory, with audio that a test can recognise: for the routes and the pages, never shipped. */

export const RATE = 8000;
export const RECORDING_MS = 60_000;
/** What is on the two channels, Hz. */
export const CUSTOMER_HZ = 500;
export const BOT_HZ = 1250;
/** The customer's channel is silent for who hears it masked. */
export const HIDDEN = { fromMs: 20_000, toMs: 25_000 };
const HEADER = 44;
const FRAME = 4;
export const FIRST_STARTED = Date.UTC(2026, 10, 20, 9, 0, 0);
const INTENTS = ['balance', 'card-loss', 'complaint', 'transfer'];

export const recordingRow = (i: number): FoundRecording => ({
  id: `0194a000-0000-7000-8000-${String(i).padStart(12, '0')}`,
  contact: `0194b000-0000-7000-8000-${String(i).padStart(12, '0')}`,
  state: i % 9 === 8 ? 'ARCHIVED' : 'VERIFIED',
  startedAt: wallMs(FIRST_STARTED - i * 3_600_000),
  durationMs: RECORDING_MS,
  direction: i % 5 === 4 ? 'outbound' : 'inbound',
  caller: `*******${String(10 + (i % 80))}`,
  callee: 'bank',
  agent: i % 3 === 0 ? null : `agent-${i % 4}`,
  queue: i % 2 === 0 ? 'cards' : 'loans',
  queues: [i % 2 === 0 ? 'cards' : 'loans'],
  intents: [INTENTS[i % 4] ?? 'balance'],
  language: i % 3 === 2 ? 'zh-CN' : 'en-US',
  dialplan: 'bank-hotline@4',
  outcome: i % 4 === 3 ? 'transferred' : 'caller-hung-up',
  level: 'C2',
  retainUntil: '2031-11-20',
  holds: i === 1 ? 1 : 0,
  restricted: i === 5,
  snippet: null,
});

const detailOf = (row: FoundRecording, masked: boolean): RecordingDetail => ({
  ...row,
  channels: [
    { channel: 0, roles: ['customer'] },
    { channel: 1, roles: ['bot', 'agent'] },
  ],
  transcript: [
    turn('bot', 1, 1_000, 'Welcome to the bank. How may I help you?', null),
    turn('customer', 0, 6_000, 'I have lost my credit card yesterday', 0.93),
    turn('bot', 1, 12_000, '请输入您的卡号，然后按井号键。', null),
    turn('customer', 0, 20_500, masked ? '████ ████ ████' : 'four one one one double two', 0.71),
    turn('agent', 1, 30_000, 'Good morning, I have blocked the card for you.', 0.88),
  ],
  spans: [
    { channel: 0, ...HIDDEN, kind: 'hidden', reason: 'card-number' },
    { channel: null, fromMs: 26_000, toMs: 28_500, kind: 'hold', reason: 'hold' },
    { channel: 0, fromMs: 40_000, toMs: 40_400, kind: 'gap', reason: 'loss' },
  ],
  events: [
    { atMs: 0, type: 'call-answered', data: { codec: 'PCMA' } },
    { atMs: 900, type: 'state-entered', data: { state: 'greeting' } },
    { atMs: 20_000, type: 'digits-keyed', data: { count: 16 } },
    { atMs: 26_000, type: 'transfer-ringing', data: { method: 'bridge' } },
    { atMs: 59_900, type: 'call-ended', data: { because: 'caller-hung-up' } },
  ],
  bases: [
    {
      policy: 'bank-default',
      version: 2,
      legalReference: 'PIPL art. 19',
      kind: 'fixed',
      event: null,
      until: '2031-11-20',
    },
  ],
  heldBy: row.holds === 0 ? [] : [{ id: 'h1', caseNo: 'C-2026-17', placedAt: row.startedAt, by: 'legal' }],
  sha256: 'ab'.repeat(32),
  manifestSha256: 'cd'.repeat(32),
  leafIndex: 4711,
  keyEpoch: 'customer-call/2026-11',
  lockUntil: wallMs(row.startedAt + 5 * 365 * 86_400_000),
  recovered: false,
  lostMs: 0,
});

function turn(
  role: 'bot' | 'customer' | 'agent',
  channel: number,
  fromMs: number,
  text: string,
  confidence: number | null,
) {
  const pieces = /[\u4e00-\u9fff]/.test(text) ? Array.from(text) : text.split(' ');
  const words = pieces.map((each, i) => ({ text: each, fromMs: fromMs + i * 350, toMs: fromMs + i * 350 + 320 }));
  return { role, channel, fromMs, toMs: fromMs + pieces.length * 350, text, confidence, words };
}

function wav(masked: boolean): VirtualWav {
  const frames = (RECORDING_MS / 1000) * RATE;
  const bytes = HEADER + frames * FRAME;
  const header = Buffer.alloc(HEADER);
  header.write('RIFF', 0);
  header.writeUInt32LE(bytes - 8, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * FRAME, 28);
  header.writeUInt16LE(FRAME, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(frames * FRAME, 40);
  const hidden = (frame: number): boolean =>
    masked && frame >= (HIDDEN.fromMs / 1000) * RATE && frame < (HIDDEN.toMs / 1000) * RATE;
  return {
    bytes,
    bytesPerSecond: RATE * FRAME,
    headerBytes: HEADER,
    async *read(from, to, signal) {
      for (let at = from; at < to && !signal.aborted; ) {
        if (at < HEADER) {
          yield header.subarray(at, Math.min(to, HEADER));
          at = Math.min(to, HEADER);
          continue;
        }
        const first = Math.floor((at - HEADER) / FRAME);
        const count = Math.min(8_000, Math.ceil((to - HEADER) / FRAME) - first);
        const piece = Buffer.alloc(count * FRAME);
        for (let i = 0; i < count; i++) {
          const t = (first + i) / RATE;
          const left = hidden(first + i) ? 0 : 8_000 * Math.sin(2 * Math.PI * CUSTOMER_HZ * t);
          piece.writeInt16LE(Math.round(left), i * FRAME);
          piece.writeInt16LE(Math.round(8_000 * Math.sin(2 * Math.PI * BOT_HZ * t)), i * FRAME + 2);
        }
        const skip = (at - HEADER) % FRAME;
        const rest = piece.subarray(skip, Math.min(piece.length, skip + to - at));
        yield rest;
        at += rest.length;
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const fits = (row: FoundRecording, query: RecordingQuery, scope: SearchScope): boolean =>
  (scope.queues === null || (row.queue !== null && scope.queues.includes(row.queue))) &&
  (scope.restricted !== 'hidden' || !row.restricted) &&
  (scope.sample === null || sampleOf(row.id) < scope.sample) &&
  (query.queue === undefined || row.queue === query.queue) &&
  (query.agent === undefined || row.agent === query.agent) &&
  (query.intent === undefined || row.intents.includes(query.intent)) &&
  (query.outcome === undefined || row.outcome === query.outcome) &&
  (query.state === undefined || row.state === query.state) &&
  (query.held === undefined || row.holds > 0 === query.held) &&
  (query.since === undefined || row.startedAt >= query.since) &&
  (query.until === undefined || row.startedAt < query.until) &&
  (query.words === undefined ||
    'i have lost my credit card yesterday 请输入您的卡号'.includes(query.words.toLowerCase()));

type WholeArchive = { readonly [Part in keyof ArchiveServices]: NonNullable<ArchiveServices[Part]> };

export interface MemoryArchive extends WholeArchive {
  readonly destroyed: readonly string[];
  readonly released: readonly string[];
}

const CERTIFICATE = {
  id: 'd1',
  recording: recordingRow(500).id,
  destroyedAt: wallMs(FIRST_STARTED),
  basis: 'bank-default v2',
  approvers: ['privacy', 'legal'],
  method: 'key shredded, versions deleted',
  leafIndex: 4100,
};

export function memoryArchive(count = 120): MemoryArchive {
  const rows = Array.from({ length: count }, (_, i) => recordingRow(i));
  const restricted = new Map<string, boolean>();
  const current = (row: FoundRecording): FoundRecording => ({
    ...row,
    restricted: restricted.get(row.id) ?? row.restricted,
  });
  const saved = new Map<string, SavedSearch[]>();
  const holds: Hold[] = [
    {
      id: 'h1',
      caseNo: 'C-2026-17',
      reason: 'dispute about a card',
      by: 'legal',
      placedAt: wallMs(FIRST_STARTED),
      releasedAt: null,
      recordings: 1,
    },
  ];
  const held = new Map<string, readonly string[]>([['h1', [rows[1]?.id ?? '']]]);
  const jobs = new Map<string, ExportJob>();
  const destroyed: string[] = [];
  let stopped: string | null = 'set-forward';
  const released: string[] = [];
  const policies: RetentionPolicy[] = [
    {
      id: 'bank-default',
      version: 2,
      name: 'Calls of customers',
      legalReference: 'PIPL art. 19',
      basis: { kind: 'fixed' },
      years: 5,
      months: 0,
      approvedBy: 'legal',
      since: wallMs(FIRST_STARTED),
    },
    {
      id: 'bank-default',
      version: 1,
      name: 'Calls',
      legalReference: 'PIPL art. 19',
      basis: { kind: 'fixed' },
      years: 3,
      months: 0,
      approvedBy: 'legal',
      since: wallMs(FIRST_STARTED - 90 * 86_400_000),
    },
    {
      id: 'dual-recording',
      version: 1,
      name: 'Sales with two recordings',
      legalReference: '银监办发〔2017〕110号',
      basis: { kind: 'event', event: 'product-end' },
      years: 0,
      months: 6,
      approvedBy: 'legal',
      since: wallMs(FIRST_STARTED),
    },
  ];
  const find = (id: string): FoundRecording => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'there is no such recording');
    return current(row);
  };
  return {
    destroyed,
    released,
    search: {
      fields: async () => ({ agent: true }),
      async search(query, scope, { limit, after }) {
        const found = rows.map(current).filter((row) => fits(row, query, scope));
        const from = after === null ? 0 : Number(after);
        const page = found.slice(from, from + limit).map((row) => ({
          ...row,
          snippet: query.words === undefined ? null : `… I have lost my ${query.words} yesterday …`,
        }));
        return {
          recordings: page,
          next: from + limit < found.length ? String(from + limit) : null,
          count: found.length,
          countedTo: null,
        };
      },
    },
    saved: {
      list: async (owner) => saved.get(owner) ?? [],
      async save(owner, name, query) {
        const one = { id: `s-${name}`, name, query };
        saved.set(owner, [...(saved.get(owner) ?? []).filter((each) => each.name !== name), one]);
        return one;
      },
      async remove(owner, id) {
        saved.set(
          owner,
          (saved.get(owner) ?? []).filter((each) => each.id !== id),
        );
      },
    },
    recordings: {
      find: async (id) => (rows.some((row) => row.id === id) ? find(id) : undefined),
      detail: async (id, masked) => detailOf(find(id), masked),
      async peaks(_id, masked) {
        const perSecond = 20;
        const pairs = (RECORDING_MS / 1000) * perSecond;
        const hidden = (i: number): boolean =>
          masked && i * (1000 / perSecond) >= HIDDEN.fromMs && i * (1000 / perSecond) < HIDDEN.toMs;
        const height = (i: number, channel: number): number =>
          Math.round(20 + 80 * Math.abs(Math.sin(i / (7 + channel * 4))));
        const channel = (number: number) =>
          Array.from({ length: pairs * 2 }, (_, k) => {
            const i = Math.floor(k / 2);
            if (number === 0 && hidden(i)) return 0;
            return k % 2 === 0 ? -height(i, number) : height(i, number);
          });
        return { perSecond, channels: [channel(0), channel(1)] };
      },
    },
    playback: { open: async (_id, masked) => wav(masked) },
    verifier: {
      verify: async (id) => ({
        ok: find(id).state === 'VERIFIED',
        at: wallMs(FIRST_STARTED),
        steps: [
          { name: 'stored-bytes', result: 'proved', facts: { bytes: 123_456 } },
          { name: 'decryption', result: 'proved', facts: { key: 'customer-call/2026-11' } },
          { name: 'manifest-signature', result: 'proved', facts: { key: 'archive-1' } },
          { name: 'audio-hash', result: 'proved', facts: { sha256: 'ab'.repeat(32) } },
          { name: 'inclusion-proof', result: 'proved', facts: { leaf: 4711, size: 9000 } },
          { name: 'time-stamp', result: 'not-configured', facts: {} },
          { name: 'witness', result: 'pending', facts: {} },
          { name: 'call-covered', result: find(id).state === 'VERIFIED' ? 'proved' : 'failed', facts: { seconds: 60 } },
        ],
      }),
    },
    holds: {
      list: async ({ released: ended }) => holds.filter((hold) => (hold.releasedAt !== null) === ended),
      recordingsOf: async (hold) => held.get(hold) ?? [],
      async place({ caseNo, reason, by, recordings }) {
        const hold = {
          id: `h${holds.length + 1}`,
          caseNo,
          reason,
          by,
          placedAt: wallMs(FIRST_STARTED),
          releasedAt: null,
          recordings: recordings.length,
        };
        holds.unshift(hold);
        held.set(hold.id, recordings);
        return hold;
      },
      async release(id) {
        const at = holds.findIndex((hold) => hold.id === id);
        const hold = holds[at];
        if (hold === undefined) throw new IvrError('NOT_FOUND', 'there is no such hold');
        holds[at] = { ...hold, releasedAt: wallMs(FIRST_STARTED) };
        released.push(id);
      },
    },
    exports: {
      list: async () => [...jobs.values()].toReversed(),
      async start({ recording, masked, requester, approver, purpose, ticket }) {
        const job: ExportJob = {
          id: `e${jobs.size + 1}`,
          recording,
          orderedAt: wallMs(FIRST_STARTED),
          keptUntil: wallMs(FIRST_STARTED + 86_400_000),
          masked,
          requester,
          approver,
          purpose,
          ticket,
          state: 'running',
          progress: 0.1,
          bytes: null,
          sha256: null,
          error: null,
        };
        jobs.set(job.id, job);
        return job;
      },
      async find(id) {
        const job = jobs.get(id);
        if (job === undefined || job.state === 'done') return job;
        const progress = Math.min(1, job.progress + 0.45);
        const next: ExportJob =
          progress < 1
            ? { ...job, progress }
            : { ...job, progress: 1, state: 'done', bytes: 4, sha256: 'ef'.repeat(32) };
        jobs.set(id, next);
        return next;
      },
      async *read() {
        yield Buffer.from('PK\u0003\u0004', 'latin1');
      },
    },
    destruction: {
      overview: async () => ({ proposed: 10, approved: 0, unfinished: 0, destroyed: 1, withdrawn: 0, stopped }),
      candidates: async () =>
        rows.slice(100, 110).map((row) => ({
          recording: row.id,
          startedAt: row.startedAt,
          retainedUntil: '2026-11-01',
          notBefore: wallMs(FIRST_STARTED + 7 * 86_400_000),
          approved: destroyed.includes(row.id),
          state: destroyed.includes(row.id) ? ('approved' as const) : ('proposed' as const),
          approvers: [],
        })),
      async approve(recordings) {
        destroyed.push(...recordings.filter((id) => id !== rows[101]?.id));
        return Object.fromEntries(recordings.filter((id) => id === rows[101]?.id).map((id) => [id, 'held' as const]));
      },
      certificates: async () => [CERTIFICATE],
      certificate: async (recording) =>
        recording === CERTIFICATE.recording
          ? { ...CERTIFICATE, text: '{"format":"tellerline-destruction-certificate"}', signatures: [] }
          : undefined,
      async trustClock() {
        stopped = null;
      },
    },
    restriction: {
      async restrict(ids, on) {
        for (const id of ids) restricted.set(id, on);
      },
    },
    policies: {
      list: async () => policies.filter((each, i) => policies.findIndex(({ id }) => id === each.id) === i),
      history: async (id) => policies.filter((each) => each.id === id),
      async put(policy, by) {
        const version = Math.max(0, ...policies.filter(({ id }) => id === policy.id).map((each) => each.version)) + 1;
        const next = { ...policy, version, approvedBy: by.approver, since: wallMs(FIRST_STARTED) };
        policies.unshift(next);
        return next;
      },
    },
    completeness: {
      overview: async (days) => ({
        states: { VERIFIED: 118_220, ARCHIVED: 312, SEALED: 4, OPEN: 17, EXEMPT: 240, MISSING: 2 },
        lastRunAt: wallMs(FIRST_STARTED),
        lastTestCall: { at: wallMs(FIRST_STARTED - 1_200_000), ok: true },
        days: Array.from({ length: days }, (_, i) => ({
          day: new Date(FIRST_STARTED - i * 86_400_000).toISOString().slice(0, 10),
          expected: 3_900 - i * 7,
          found: 3_890 - i * 7 - (i === 3 ? 2 : 0),
          exempt: 10,
          missing: i === 3 ? 2 : 0,
          unverified: i === 5 ? 1 : 0,
          callMs: 700_000_000,
          audioMs: 699_990_000,
          reportSha256: '12'.repeat(32),
          leafIndex: 4000 - i,
        })),
        missing: [
          {
            contact: recordingRow(700).contact,
            recording: null,
            at: wallMs(FIRST_STARTED - 3 * 86_400_000),
            reason: 'no-intent',
          },
          {
            contact: recordingRow(701).contact,
            recording: recordingRow(701).id,
            at: wallMs(FIRST_STARTED - 3 * 86_400_000 + 60_000),
            reason: 'not-archived',
          },
        ],
        unverified: [
          {
            contact: recordingRow(702).contact,
            recording: recordingRow(702).id,
            at: wallMs(FIRST_STARTED - 5 * 86_400_000),
            reason: 'too-short',
          },
        ],
        comparisons: [
          {
            id: '0194a000-0000-7000-8000-00000000cdc1',
            at: wallMs(FIRST_STARTED),
            from: wallMs(FIRST_STARTED - 86_400_000),
            to: wallMs(FIRST_STARTED),
            compared: 3_890,
            wrong: 1,
            differing: 2,
            leafIndex: 4001,
          },
        ],
      }),
      compare: async () => ({
        compared: 3,
        unknownHere: [{ line: 4, sipCallId: 'a84b4c76e66710@pbx', startedAt: FIRST_STARTED, durationMs: 61_000 }],
        unknownThere: [],
        differing: [],
        unrecorded: [],
        sha256: '34'.repeat(32),
        leafIndex: 4002,
      }),
      report: async (id) =>
        id === 'none'
          ? undefined
          : { report: '{}', sha256: '12'.repeat(32), signatures: [{ key: 'k', value: 'v' }], leafIndex: 4000 },
    },
  };
}
