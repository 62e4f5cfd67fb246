import { setTimeout as sleep } from 'node:timers/promises';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { Turn } from './orders.ts';
import { atMost, type BenchRun, type Part, type PartResult, round, type Target } from './part.ts';
import { quantile } from './quantile.ts';
import { openServer } from './server.ts';
import { openTelephones } from './telephones.ts';
import { BALANCE, HOURS } from './utterances.ts';

/*
 * End of speech → first audio, both at the caller's RTP: the packet with the last audible sample of the utterance, the
 * first packet with an audible sample of the answer. The journal says of each turn whether the answer was cached.
 */

const CASES = [
  // three telephones hand round the word, so that one speaks while the others listen
  { name: 'one', calls: 3, alone: true, forMs: 100_000 },
  { name: 'ten', calls: 10, alone: false, forMs: 45_000 },
];
const MOST_TURNS = 40;
/** What the telephone measured and the journal states should agree so well, or the turn was not what it seemed. */
const MOST_APART_MS = 200;
const AFTER_START_MS = 1_000;

interface Answered {
  readonly latencyMs: number;
  readonly cached: boolean;
  /** The server's own word, from where it heard the end of speech. */
  readonly statedMs: number;
  readonly afterDecisionMs: number;
}

export const latency: Part = {
  title: 'end of speech → first audio, at the RTP (server not pinned)',
  async run(bench): Promise<PartResult> {
    const rows: Record<string, string | number>[] = [];
    const targets: Target[] = [];
    const notes: string[] = [];
    await using server = await openServer({ dialplan: 'talking', vad: true, recognizer: 'whisper', pinned: false });
    await using telephones = await openTelephones();
    await telephones.order('open', { target: server.target, loop: new Uint8Array(0) });
    const events: CallEvent[] = [];
    await server.follow((event) => events.push(event));
    const utterances = [bench.say(HOURS), bench.say(BALANCE)];
    await sleep(AFTER_START_MS);
    const [first] = await telephones.order('converse', { calls: 1, turns: 2, alone: true, utterances, forMs: 30_000 });
    notes.push(
      `the first answer after the start, which is not counted below: ${round(first?.firstAudioMs ?? Number.NaN)} ms`,
    );
    for (const { name, ...one } of CASES) {
      events.length = 0;
      const order = { ...one, turns: bench.quick ? 2 : MOST_TURNS, utterances };
      const turns = await telephones.order('converse', order);
      await sleep(AFTER_START_MS); // the last events are on their way
      const answered = matched(turns, events);
      const recognized = events.filter((event) => event.type === 'recognized');
      for (const cached of [true, false]) {
        const some = answered.filter((turn) => turn.cached === cached);
        rows.push(row(name, cached ? 'cached' : 'live synthesis', some));
        if (name === 'one') targets.push(...targetsOf(cached, some));
      }
      const understood = recognized.filter(({ outcome }) => outcome === 'match').length;
      const keysOnly = events.filter(({ type }) => type === 'keys-only').length;
      const decodes = recognized.map((event) => event.decode_ms);
      const queues = recognized.map((event) => event.queue_ms);
      notes.push(
        `${name} talking: ${turns.length} turns, ${answered.length} measured, ${understood} of ${recognized.length} understood, ${keysOnly} told to use the keys; decode p50 ${quantile(decodes, 0.5)} ms, in the queue p95 ${quantile(queues, 0.95)} ms`,
      );
      const apart = answered.filter(({ latencyMs, statedMs }) => Math.abs(latencyMs - statedMs) > MOST_APART_MS).length;
      if (apart > 0)
        notes.push(`${name} talking: in ${apart} turns server and telephone differ by more than ${MOST_APART_MS} ms`);
      report(bench, name, answered);
    }
    return { rows, targets, notes };
  },
};

/** Each turn with the first `first-audio` of its call that was journalled after it. */
function matched(turns: readonly Turn[], events: readonly CallEvent[]): Answered[] {
  const contacts = new Map(
    events.flatMap((event) => (event.type === 'call-offered' ? [[event.sip_call_id, event.contact] as const] : [])),
  );
  return turns.flatMap(({ callId, endedAt, firstAudioMs }) => {
    if (firstAudioMs === undefined) return [];
    const contact = contacts.get(callId);
    const first = events.find(
      (event) => event.type === 'first-audio' && event.contact === contact && event.at > endedAt,
    );
    if (first?.type !== 'first-audio') return [];
    const { cached, latency_ms: statedMs, after_decision_ms: afterDecisionMs } = first;
    return [{ latencyMs: firstAudioMs, cached, statedMs, afterDecisionMs }];
  });
}

const of = (turns: readonly Answered[], key: 'latencyMs' | 'statedMs' | 'afterDecisionMs', share: number): number =>
  quantile(
    turns.map((turn) => turn[key]),
    share,
  );

const row = (name: string, answer: string, turns: readonly Answered[]): Record<string, string | number> => ({
  talking: name,
  answer,
  turns: turns.length,
  'p50 ms': round(of(turns, 'latencyMs', 0.5)),
  'p95 ms': round(of(turns, 'latencyMs', 0.95)),
  'max ms': round(of(turns, 'latencyMs', 1)),
  'after decision p50 ms': of(turns, 'afterDecisionMs', 0.5),
  'p95 ms ': of(turns, 'afterDecisionMs', 0.95),
  'stated p50 ms': of(turns, 'statedMs', 0.5),
});

const targetsOf = (cached: boolean, turns: readonly Answered[]): Target[] =>
  cached
    ? [atMost('decision → first audio, cached, P95', 150, of(turns, 'afterDecisionMs', 0.95))]
    : [
        atMost('end of speech → first audio, live synthesis, one talking, P50', 950, of(turns, 'latencyMs', 0.5)),
        atMost('end of speech → first audio, live synthesis, one talking, P95', 1_500, of(turns, 'latencyMs', 0.95)),
      ];

function report(bench: BenchRun, name: string, turns: readonly Answered[]): void {
  bench.progress(
    `${name} talking: p50 ${round(of(turns, 'latencyMs', 0.5))} ms, p95 ${round(of(turns, 'latencyMs', 0.95))} ms`,
  );
}
