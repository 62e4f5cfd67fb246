import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { storageOptions } from '../app/storage-options.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { BYTE_ORDER_MARK } from '../lib/csv.ts';
import { isZone } from '../lib/local-time.ts';
import { AGENT_KPIS, QUEUE_KPIS } from '../queues/reports/kpis.ts';
import { countJournal, reportCsv, reportOf } from '../queues/reports/report.ts';
import { openQueueStore } from '../queues/store/open-queue-store.ts';
import { openStorageToRead } from '../storage/open-storage.ts';
import type { Command } from './command.ts';
import { configured } from './configured.ts';
import { systemClock } from '../lib/clock.ts';

const SCOPES = ['queue', 'agent'] as const;
const INTERVALS = ['15min', 'day'] as const;

/** `tellerline reports`: KPIs of queues and agents, from the journal. */
export const reports: Command = {
  summary: 'computes the KPIs of queues and agents from the journal, as CSV or JSON',
  usage:
    'tellerline reports rebuild [--of queue|agent] [--interval 15min|day] [--zone ZONE] [--within SECONDS] [--short SECONDS] [--json] [--to FILE] [--config FILE]',
  help: `rebuild  reads the whole journal of queues and agents, beside a running server too, and recomputes each KPI: by queue or agent
         (--of, queue) and by quarter of an hour or day (--interval, day; days of --zone, UTC). --within is the limit of the service
         level (20 s), --short that of a short abandon, which is left out of what was offered (6 s). CSV with a header, to FILE or to
         standard output; --json prints the lines, and the formula of each KPI, instead.

The same journal gives the same numbers. An entry counts in the interval in which it joined, an agent's time in the one in which it passed.
Formulas of queues: ${QUEUE_KPIS.map(({ name, formula }) => `${name} = ${formula}`).join('; ')}.
Formulas of agents: ${AGENT_KPIS.map(({ name, formula }) => `${name} = ${formula}`).join('; ')}.
Exit status: 0 done; 1 the journal cannot be read or FILE not be written; 64 the command is not understood.`,
  async run({ arguments: args, environment, print }) {
    const [verb, ...rest] = args;
    if (verb !== 'rebuild')
      throw new IvrError('USAGE', verb === undefined ? 'say `rebuild`' : `there is no \`reports ${verb}\``);
    const { values } = parseArgs({
      args: rest,
      options: {
        config: { type: 'string' },
        of: { type: 'string', default: 'queue' },
        interval: { type: 'string', default: 'day' },
        zone: { type: 'string', default: 'UTC' },
        within: { type: 'string', default: '20' },
        short: { type: 'string', default: '6' },
        json: { type: 'boolean', default: false },
        to: { type: 'string' },
      },
    });
    const scope = oneOf('--of', values.of, SCOPES);
    const interval = oneOf('--interval', values.interval, INTERVALS);
    const limits = {
      answerWithinMs: seconds('--within', values.within),
      shortAbandonMs: seconds('--short', values.short),
    };
    if (!isZone(values.zone))
      throw new IvrError('USAGE', `${values.zone} is not a time zone; expected one such as Asia/Shanghai`);
    const config = await configured(values.config, environment);
    await using storage = await openStorageToRead(await storageOptions(config));
    await using store = await openQueueStore(storage);
    const counted = await countJournal(
      store,
      { shortAbandonMs: limits.shortAbandonMs, answerWithinMs: () => limits.answerWithinMs },
      systemClock.wall(),
    );
    const report = reportOf(counted, interval, values.zone);
    const lines = report.filter((line) => line.scope === scope);
    const formulas = (scope === 'queue' ? QUEUE_KPIS : AGENT_KPIS).map(({ name, formula }) => ({ name, formula }));
    const text = values.json ? JSON.stringify({ formulas, lines }) : [...reportCsv(report, scope)].join('');
    if (values.to === undefined) print(text.trimEnd());
    else await write(resolve(values.to), values.json ? `${text}\n` : BYTE_ORDER_MARK + text);
    return 0;
  },
};

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 }).catch((thrown: unknown) => {
    throw new IvrError(
      'NOT_FOUND',
      `${file} cannot be written (${systemCode(thrown) ?? 'unknown'}); check the folder`,
      {},
      thrown,
    );
  });
}

function oneOf<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new IvrError('USAGE', `${option} is one of ${allowed.join(', ')}, not ${value}`);
  return found;
}

function seconds(option: string, value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new IvrError('USAGE', `${option} expects whole seconds, not ${value}`);
  return Number(value) * 1_000;
}
