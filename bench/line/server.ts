import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve as absolute } from 'node:path';
import { createInterface } from 'node:readline';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { Flow } from '../../src/sip/stack.ts';
import { canPin, cpuMs, openFiles, processTree, rssMb, startNode, threadsMs } from './child-processes.ts';
import { FRONT_END, neighbours } from './front-end.ts';
import { option } from './option.ts';

export const SERVER_CORE = 0;
/** `--profile`: of every thread, written when the server stops. */
const PROFILE = process.argv.includes('--profile') ? ['--cpu-prof', '--cpu-prof-dir=var/bench-profile'] : [];
/** `--server=FOLDER`: another build of the product, to be compared with. Its own dialplans are used; its configuration must be ours. */
const ROOT = absolute(option('server') ?? '.');
const OTHER = ROOT !== absolute('.');
/** It synthesises its prompts first, perhaps beside other work. */
const START_DEADLINE_MS = 180_000;
const STOP_DEADLINE_MS = 20_000;

export interface ServerOptions {
  /** Of `bench/dialplans`. */
  readonly dialplan: 'holding' | 'talking' | 'interrupting';
  readonly vad: boolean;
  readonly recognizer: 'whisper' | 'none';
  /** With all its threads and children. */
  readonly pinned: boolean;
  /** Default: as configurations are. */
  readonly archive?: boolean;
  /** Before `dist/main.js`: to profile or to look inside. */
  readonly nodeArgs?: readonly string[];
  readonly ipc?: boolean;
}

export interface Server extends AsyncDisposable {
  readonly pid: number;
  readonly target: Flow;
  readonly pinned: boolean;
  /** The process with all its children. */
  usage(): Usage;
  /** Of the metrics page, without labels. */
  metric(name: string): Promise<number>;
  /** Several of one look at the page. */
  metrics(names: readonly string[]): Promise<readonly number[]>;
  /** Asks what `server-probe-process.ts` answers. */
  ask(): Promise<unknown>;
  /** Journal events as they happen, until the server stops. */
  follow(listener: (event: CallEvent) => void): Promise<void>;
}

export interface Usage {
  readonly cpuMs: number;
  /** Of the children alone: voice-activity detection and recognition. */
  readonly childrenCpuMs: number;
  /** Of the threads of the process itself, CPU ms by their number. */
  readonly threadsMs: ReadonlyMap<string, number>;
  readonly rssMb: number;
  readonly childrenRssMb: number;
  readonly openFiles: number;
  /** CPU ms and MB by name, of the servers that are not ours. */
  readonly neighbours: Readonly<Record<string, { readonly cpuMs: number; readonly rssMb: number }>>;
}

/** The built product, with a folder of its own that is removed at the end. */
export async function openServer(options: ServerOptions): Promise<Server> {
  await mkdir('var', { recursive: true });
  const folder = await mkdtemp(join('var', 'bench-')); // not in /tmp, which may be memory: recordings want a disk
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove); // interrupted
  const config = join(folder, 'tellerline.yaml');
  await writeFile(config, configuration(folder, options));
  const child = startNode(
    [...PROFILE, ...(options.nodeArgs ?? []), join(ROOT, 'dist/main.js'), 'start', '--config', config],
    {
      core: options.pinned ? SERVER_CORE : undefined,
      stdio: ['ignore', 'pipe', 'inherit', ...(options.ipc === true ? ['ipc' as const] : [])],
      env: { BENCH_PROCESS: String(process.pid) },
    },
  );
  const lines: string[] = [];
  const stdout = createInterface({ input: child.stdout ?? process.stdin });
  let sip: RegExpExecArray | null = null;
  let web: RegExpExecArray | null = null;
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the server did not start:\n${lines.join('\n')}`)),
      START_DEADLINE_MS,
    );
    child.once('exit', (code) => reject(new Error(`the server ended at its start (${code})\n${lines.join('\n')}`)));
    stdout.on('line', (line) => {
      lines.push(line);
      sip ??= /sip:bank@([\d.]+):(\d+)/.exec(line);
      web ??= /(http:\/\/[\d.]+:\d+)/.exec(line);
      if (!line.startsWith('A person')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  await ready;
  const [, host = '', port = ''] = sip ?? [];
  const [, address = ''] = web ?? [];
  const pid = child.pid ?? 0;
  const headers = { authorization: `Bearer ${(await readFile(join(folder, 'token'), 'utf8')).trim()}` };
  const stopping = new AbortController();
  const others = neighbours();
  const metrics = (names: readonly string[]) => readMetrics(`${address}/metrics`, headers, names);
  return {
    pid,
    target: { protocol: 'UDP', host, port: Number(port) },
    pinned: options.pinned && canPin,
    usage() {
      const [, ...children] = processTree(pid);
      const sum = (of: (pid: number) => number): number => children.reduce((total, one) => total + of(one), 0);
      return {
        cpuMs: cpuMs(pid) + sum(cpuMs),
        childrenCpuMs: sum(cpuMs),
        threadsMs: threadsMs(pid),
        rssMb: rssMb(pid) + sum(rssMb),
        childrenRssMb: sum(rssMb),
        openFiles: openFiles(pid),
        neighbours: Object.fromEntries(
          others.map(({ name, pids }) => [
            name,
            {
              cpuMs: pids.reduce((all, one) => all + cpuMs(one), 0),
              rssMb: pids.reduce((all, one) => all + rssMb(one), 0),
            },
          ]),
        ),
      };
    },
    metric: async (name) => (await metrics([name]))[0] ?? Number.NaN,
    metrics,
    async ask() {
      const answer = once(child, 'message');
      child.send('look');
      const [message]: unknown[] = await answer;
      return message;
    },
    async follow(listener) {
      const { body } = await fetch(`${address}/api/events`, { headers, signal: stopping.signal });
      if (body === null) throw new Error('the server gives no events');
      void readEvents(body, listener).catch(() => undefined); // ends with the server
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => {
          console.error(`bench: the server did not stop within ${STOP_DEADLINE_MS / 1000} s and is killed`);
          for (const one of processTree(pid)) process.kill(one, 'SIGKILL');
        }, STOP_DEADLINE_MS);
        await exit;
        clearTimeout(timer);
      }
      stdout.close();
      remove();
      process.removeListener('exit', remove);
    },
  };
}

async function readMetrics(
  url: string,
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<readonly number[]> {
  const text = await (await fetch(url, { headers })).text();
  return names.map((name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN));
}

async function readEvents(body: ReadableStream<Uint8Array>, listener: (event: CallEvent) => void): Promise<void> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) listener(JSON.parse(data) as CallEvent);
    }
  }
}

const configuration = (
  folder: string,
  { dialplan, vad, recognizer, archive = true }: ServerOptions,
): string => `${FRONT_END.configuration(join(folder, 'dialogs'))}
sip: { port: 0, tcp: false, setups_per_second: 100000 }
rtp: { port_min: 0, port_max: 0 }
speech: { recognizer: ${recognizer}, voice_activity_detection: ${vad}, cache: ${OTHER ? join(ROOT, 'var/bench-prompts') : 'var/bench-prompts'} }
dialplan: { file: ${join(ROOT, 'bench/dialplans', `${dialplan}.yaml`)}, grammars: ${join(ROOT, 'grammars')} }
recordings: { directory: ${join(folder, 'recordings')} }
storage: { file: ${join(folder, 'tellerline.sqlite')} }
http: { port: 0, token_file: ${join(folder, 'token')} }
limits: { calls: 100000, drain_ms: 2000 }
archive: { enabled: ${archive} }
log: { level: error }
`;
