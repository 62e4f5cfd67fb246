import { setTimeout as sleep } from 'node:timers/promises';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { atMost, type Part, type PartResult, round } from './part.ts';
import { quantile } from './quantile.ts';
import { openServer } from './server.ts';
import { openTelephones } from './telephones.ts';
import { HOURS } from './utterances.ts';

/* Speech over a prompt → silence, both at the caller's RTP: the packet with the first audible sample that the caller says, the last audible packet of the prompt. */

const CASES = [
  { name: 'one', calls: 3, alone: true, forMs: 50_000 },
  { name: 'ten', calls: 10, alone: false, forMs: 25_000 },
];
const MOST_TURNS = 30;
const AFTER_START_MS = 1_000;

export const bargeIn: Part = {
  title: 'speech over a prompt → silence, at the RTP (server not pinned)',
  async run(bench): Promise<PartResult> {
    const rows: Record<string, string | number>[] = [];
    await using server = await openServer({
      dialplan: 'interrupting',
      vad: true,
      recognizer: 'whisper',
      pinned: false,
    });
    await using telephones = await openTelephones();
    await telephones.order('open', { target: server.target, loop: new Uint8Array(0) });
    const events: CallEvent[] = [];
    await server.follow((event) => events.push(event));
    await sleep(AFTER_START_MS);
    const alone: number[] = [];
    for (const { name, ...one } of CASES) {
      events.length = 0;
      const order = { ...one, turns: bench.quick ? 2 : MOST_TURNS, utterance: bench.say(HOURS) };
      const interruptions = await telephones.order('interrupt', order);
      await sleep(AFTER_START_MS);
      const silences = interruptions.flatMap(({ silentAfterMs }) =>
        silentAfterMs === undefined ? [] : [silentAfterMs],
      );
      if (one.alone) alone.push(...silences);
      const outcomes = events.flatMap((event) => (event.type === 'barge-in' ? [event.outcome] : []));
      rows.push({
        talking: name,
        interruptions: interruptions.length,
        'not silent': interruptions.length - silences.length,
        'p50 ms': round(quantile(silences, 0.5)),
        'p95 ms': round(quantile(silences, 0.95)),
        'max ms': round(quantile(silences, 1)),
        committed: outcomes.filter((outcome) => outcome === 'committed').length,
        'told to use keys': events.filter(({ type }) => type === 'keys-only').length,
        resumed: outcomes.filter((outcome) => outcome === 'false').length,
      });
      bench.progress(
        `${name} talking: p50 ${round(quantile(silences, 0.5))} ms, p95 ${round(quantile(silences, 0.95))} ms`,
      );
    }
    return {
      rows,
      targets: [
        atMost('speech over a prompt → silence at RTP, P50', 220, quantile(alone, 0.5)),
        atMost('speech over a prompt → silence at RTP, P95', 350, quantile(alone, 0.95)),
      ],
      notes: [
        'committed, resumed: by the journal; an interruption that was paused, resumed and then understood counts in both',
      ],
    };
  },
};
