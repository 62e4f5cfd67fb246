import type { VirtualWav } from '../../src/archive/playback.ts';
import type { RecordingDetail } from '../../src/archive/recording-reader.ts';
import type { FoundRecording } from '../../src/archive/recording-search.ts';
import { wallMs, recordingMs } from '../../src/domain/units.ts';

/* Recordings that were never made, with audio that a test can recognise. */

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

export const detailOf = (row: FoundRecording, masked: boolean): RecordingDetail => ({
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
    { atMs: recordingMs(0), type: 'call-answered', data: { codec: 'PCMA' } },
    { atMs: recordingMs(900), type: 'state-entered', data: { state: 'greeting' } },
    { atMs: recordingMs(20_000), type: 'digits-keyed', data: { count: 16 } },
    { atMs: recordingMs(26_000), type: 'transfer-ringing', data: { method: 'bridge' } },
    { atMs: recordingMs(59_900), type: 'call-ended', data: { because: 'caller-hung-up' } },
  ],
  played: [
    {
      atMs: 1_000,
      notice: 'recording v1',
      text: 'This call is recorded.',
      outcome: 'interrupted',
      words: 4,
      wordsPlayed: 2,
      endedIn: 'is',
      counted: true,
    },
  ],
  leakCertificate: '2026-11-20T09:02:00.000Z',
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

export function wavOf(masked: boolean): VirtualWav {
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

/** Lowest and highest sample, as the waveform draws them. */
export function peaksOf(masked: boolean): { readonly perSecond: number; readonly channels: readonly number[][] } {
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
}
