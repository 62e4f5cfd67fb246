import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { ended, orEnded } from './ended.ts';
import { DEADLINE_MS, openLiveEvents, type UntilEvent } from './live-events.ts';
import { lightVoice } from './light-voice.ts';
import { childrenOf, descriptorsOf } from './process-facts.ts';

/* The built product as people start it: a process of its own, seen from outside. */

/** Of the checkout: tests run there, and benches, which are compiled elsewhere. */
const ROOT = process.cwd();
export const DIALPLANS = join(ROOT, 'test/acceptance/dialplans');

export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerOptions {
  /** Of an earlier start; without it the server gets one of its own, removed at the end. */
  readonly folder?: string;
  /** Over what tests share: keys such as 'sip.port'. */
  readonly set?: Settings;
  /** So that `crash` works. */
  readonly fragile?: boolean;
  /** Over that of the tests. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Another build than that of the checkout: its main.js. */
  readonly program?: string;
}

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly folder: string;
  readonly sip: { readonly host: string; readonly port: number };
  readonly http: string;
  /** What it printed up to now. */
  readonly stdout: string;
  readonly stderr: string;
  /** Live, personal data masked. */
  readonly events: readonly CallEvent[];
  readonly exited: Promise<Outcome>;
  kill(signal: NodeJS.Signals): void;
  /** Ends one worker thread by an error that nobody catches: 'media-worker.js'. */
  crash(worker: string): void;
  readonly until: UntilEvent;
  /** As if nothing had happened so far: what tests that share a server begin with. */
  forget(): void;
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  /** A metric's value: of the name, or of the name with just these labels, as in `name{because="x"}`. */
  metric(name: string): Promise<number>;
  /** File descriptors that the process holds. */
  descriptors(): Promise<readonly string[]>;
  /** Its child processes, by a part of their command lines. */
  children(command: string): Promise<readonly number[]>;
}

/** For a start, which takes two seconds where nothing else runs. */
const START_LIMIT_MS = 100_000;

/** Waits until `satisfied`, looking again and again; for what no event tells. */
export async function eventually<T>(
  look: () => Promise<T>,
  satisfied: (value: T) => boolean,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (satisfied(value) || performance.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export async function writeConfig(folder: string, set: Settings = {}): Promise<string> {
  const settings: Settings = {
    'sip.port': 0,
    'rtp.port_min': 0,
    'rtp.port_max': 0,
    'rtp.workers': 1,
    'http.port': 0,
    'http.token_file': join(folder, 'token'),
    'staff.key_file': join(folder, 'staff-key'),
    'signalling.ledger': join(folder, 'dialogs'),
    'storage.file': join(folder, 'tellerline.sqlite'),
    'recordings.directory': join(folder, 'recordings'),
    'archive.keep_sealed_hours': 24, // tests read what was sealed
    'speech.cache': join(tmpdir(), 'tellerline-test-prompts'),
    'speech.recognizer': 'none',
    'speech.voice_activity_detection': false,
    ...(set['speech.recognizer'] === undefined ? lightVoice() : {}),
    'limits.event_loop_lag_ms': 60_000, // the machine of the tests may be busy with other tests
    'dialplan.file': join(DIALPLANS, 'short.yaml'),
    'dialplan.grammars': DIALPLANS,
    ...set,
  };
  const tree: Record<string, Record<string, string | number | boolean>> = {};
  for (const [path, value] of Object.entries(settings)) {
    const [section = '', name = ''] = path.split('.');
    (tree[section] ??= {})[name] = value;
  }
  const file = join(folder, 'tellerline.yaml');
  await writeFile(file, stringify(tree));
  return file;
}

interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<Outcome>;
}

function launch(
  args: readonly string[],
  onOutput: () => void,
  {
    fragile = false,
    within = [],
    environment = {},
    program: built = 'dist/main.js',
  }: Pick<ServerOptions, 'fragile' | 'environment' | 'program'> & {
    readonly within?: readonly string[];
  } = {},
): Running {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TELLERLINE_|VITEST|NODE_)/.test(name)),
  );
  const before = fragile ? ['--import', join(ROOT, 'test/acceptance/crash-a-worker.mjs')] : [];
  const [program, ...own] = [...within, process.execPath];
  const child = spawn(program, [...own, ...before, built, ...args], {
    cwd: ROOT,
    env: { ...inherited, ...environment },
    stdio: fragile ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      onOutput();
    });
  const exited = new Promise<Outcome>((resolve) =>
    child.once('close', (status, signal) => resolve({ status, signal, ...output })),
  );
  return { child, output, exited };
}

/** A command that ends by itself. */
export const runTellerline = (...args: readonly string[]): Promise<Outcome> => launch(args, () => undefined).exited;

/** The same of another build. */
export const runProgram = (program: string, ...args: readonly string[]): Promise<Outcome> =>
  launch(args, () => undefined, { program }).exited;

/** A start that is expected to fail, and is killed when it does not. */
export async function failedStart(
  folder: string,
  set: Settings,
  /** A command that runs the server. */
  within: readonly string[] = [],
): Promise<Outcome> {
  const config = await writeConfig(folder, set);
  const { child, exited } = launch(['start', '--config', config], () => undefined, { within });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  return exited.finally(() => clearTimeout(timer));
}

/** Starts the server and waits until it takes calls. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'tellerline-trouble-')));
  const config = await writeConfig(folder, options.set);
  let wake = (): void => undefined;
  const { child, output, exited } = launch(['start', '--config', config], () => wake(), {
    fragile: options.fragile ?? false,
    environment: options.environment ?? {},
    ...(options.program === undefined ? {} : { program: options.program }),
  });
  const ready = (): RegExpExecArray | null =>
    /answers at\s+sip:bank@([\d.]+):(\d+)[\s\S]+Web and API at\s+(\S+)[\s\S]+A person/.exec(output.stdout);
  const opened = await new Promise<RegExpExecArray>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server did not start in time:\n${output.stdout}\n${output.stderr}`));
    }, START_LIMIT_MS);
    wake = () => {
      const found = ready();
      if (found === null) return;
      clearTimeout(timer);
      resolve(found);
    };
    void exited.then(({ status, stderr }) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${status}:\n${stderr}`));
    });
  });
  const [, host = '', port = '', http = ''] = opened;
  const pid = child.pid ?? 0;
  const [token, live] = await orEnded(child, exited, async () => {
    const read = (await readFile(join(folder, 'token'), 'utf8')).trim();
    return [read, await openLiveEvents(http, read)] as const;
  });

  const server: ServerProcess = {
    pid,
    folder,
    sip: { host, port: Number(port) },
    http,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    events: live.events,
    exited,
    kill: (signal) => void child.kill(signal),
    crash: (worker) => void child.send(worker),
    until: live.until,
    forget: () => live.forget(),
    get: (path) => request(`${http}${path}`, token),
    async metric(name) {
      const { text } = await request(`${http}/metrics`, token);
      const line = text.split('\n').find((each) => each.startsWith(`tellerline_${name} `));
      return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
    },
    descriptors: () => descriptorsOf(pid),
    children: (command) => childrenOf(pid, command),
    async [Symbol.asyncDispose]() {
      live.close();
      await ended(child, exited, 10_000);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
  return server;
}

/** One connection each: none is kept. */
function request(url: string, token: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, headers: { authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.once('error', reject);
  });
}

/** When the first recording has a leaf in the log: the archive's thread and its files are open, and stay so. */
export async function archiveBegun(server: ServerProcess): Promise<void> {
  const entries = join(server.folder, 'recordings', 'archive', 'tlog', 'entries', '0000000000000000');
  const size = (): Promise<number> =>
    stat(entries).then(
      (file) => file.size,
      () => 0,
    );
  await eventually(size, (bytes) => bytes > 0, 30_000);
}
