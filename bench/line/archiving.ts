import { atMost, type Part, type PartResult, round } from './part.ts';
import { quantile } from './quantile.ts';
import { openServer } from './server.ts';
import { settle } from './setups.ts';
import { openTelephones } from './telephones.ts';

/* Ten calls a second that are archived as they end: what the calls that come meanwhile, and the main thread, have of it. With and without an archive by turns. */

const PER_SECOND = 10;
const SECONDS = 15;
/** How long what waits may take to be archived. */
const SETTLE_DEADLINE_MS = 60_000;

export const archiving: Part = {
  title: 'ten calls a second with and without an archive (server not pinned)',
  async run(bench): Promise<PartResult> {
    const rows: Record<string, string | number>[] = [];
    const seconds = bench.quick ? 6 : SECONDS;
    const p99: Record<'with' | 'without', number[]> = { with: [], without: [] };
    for (let turn = 0; turn < (bench.quick ? 2 : 3); turn++)
      for (const archive of [false, true]) {
        await using server = await openServer({
          dialplan: 'holding',
          vad: false,
          recognizer: 'none',
          pinned: false,
          archive,
        });
        await using telephones = await openTelephones();
        await telephones.order('open', { target: server.target, loop: new Uint8Array(0) });
        await telephones.order('set-up', { callsPerSecond: PER_SECOND, calls: PER_SECOND * 2 });
        const before = server.usage();
        const lags: number[] = [];
        const looking = setInterval(() => {
          void server.metric('tellerline_event_loop_lag_seconds').then((lag) => lags.push(lag * 1_000));
        }, 1_000);
        const result = await telephones.order('set-up', { callsPerSecond: PER_SECOND, calls: PER_SECOND * seconds });
        const names = ['tellerline_recordings_sealing', ...(archive ? ['tellerline_archive_waiting'] : [])];
        const behind = await settle(server, names, SETTLE_DEADLINE_MS);
        clearInterval(looking);
        const row = {
          archive: archive ? 'yes' : 'no',
          answered: result.answered,
          'p50 ms': round(quantile(result.setupMs, 0.5)),
          'p99 ms': round(quantile(result.setupMs, 0.99)),
          'max ms': round(quantile(result.setupMs, 1)),
          'event loop p99, median ms': round(quantile(lags, 0.5)),
          'worst ms': round(quantile(lags, 1)),
          'CPU ms per call': round((server.usage().cpuMs - before.cpuMs) / result.answered, 1),
          'behind after s': round(behind / 1_000),
          'late intents': archive ? await server.metric('tellerline_recording_intents_late') : 0,
        };
        rows.push(row);
        p99[archive ? 'with' : 'without'].push(quantile(result.setupMs, 0.99));
        bench.progress(Object.entries(row).flat().join(' '));
      }
    const median = (values: readonly number[]): number => quantile(values, 0.5);
    return {
      rows,
      targets: [
        atMost('INVITE → 200, P99, archived beside without an archive', 2, median(p99.with) / median(p99.without), '×'),
      ],
    };
  },
};
