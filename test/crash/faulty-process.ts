import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SealedRecording } from '../../src/recording/recorder.ts';
import { type FaultMode, type FaultShim, openFaultShim } from '../support/fault-shim.ts';

/* Runs of record-and-archive.mjs, one after the other, each in a folder of its own with a fault at one system call. */

export interface Acknowledged {
  readonly recording: string;
  readonly contact: string;
  /** The journal's events up to this number were flushed. */
  readonly events: number;
  /** Chunks of each track that were durable. */
  readonly chunks: number;
}

/** What a run says of its call. */
export interface Recorded {
  readonly contact: string;
  readonly recording?: string;
  /** No call: the code. */
  readonly refused?: string;
  /** Absent: it was not sealed. */
  readonly sealed?: SealedRecording;
  /** What an operator was told. */
  readonly told: readonly string[];
}

/** What the next start found. */
export interface Found {
  readonly recovered: number;
  readonly problems: readonly string[];
  readonly archived: readonly { readonly id: string; readonly state: string }[];
  /** What is wrong with what the archive reads back. */
  readonly fsck: readonly string[];
  readonly events: readonly { readonly seq: number; readonly type: string }[];
  readonly told: readonly string[];
}

/** A piece of each track, in samples; that of the nth is all the code n. */
export interface Chunk {
  readonly at: number;
  readonly length: number;
}

export interface Faulted {
  readonly folder: string;
  readonly sent: readonly Chunk[];
  /** Undefined: the process was killed, or could not go on. */
  readonly recorded: Recorded | undefined;
  readonly acknowledged: Acknowledged | undefined;
  readonly found: Found;
  /** Calls of the mode; how many failed; the first that did. */
  readonly fault: { readonly seen: number; readonly fired: number; readonly what: string };
}

type Line =
  | { readonly ready: true }
  | { readonly acknowledged: Acknowledged }
  | { readonly sent: Chunk }
  | { readonly done: unknown }
  | { readonly failed: string; readonly stack: string }
  | { readonly defect: string };

const CHILD = fileURLToPath(new URL('record-and-archive.mjs', import.meta.url));
const DEADLINE_MS = 60_000;

export class FaultyProcess implements Disposable {
  readonly #home = mkdtempSync(join(tmpdir(), 'tellerline-syscalls-'));
  readonly #shim: FaultShim = openFaultShim(this.#home);
  /** One records, another is the next start: it leaves alone what belongs to a process that lives. */
  readonly #first = new Answering(this.#shim.environment);
  readonly #second = new Answering({});
  #runs = 0;

  /** Records a call with a fault in it, and lets the next start find what is left. */
  async run(mode: FaultMode, at: number): Promise<Faulted> {
    const folder = join(this.#home, `run-${++this.#runs}`);
    let acknowledged: Acknowledged | undefined;
    const sent: Chunk[] = [];
    const recorded = (await this.#first.ask({ folder, again: false }, (line) => {
      if ('ready' in line) this.#shim.arm(mode, at);
      if ('acknowledged' in line) acknowledged = line.acknowledged;
      if ('sent' in line) sent.push(line.sent);
    })) as Recorded | undefined;
    const fault = this.#shim.disarm();
    if (recorded !== undefined && recorded.refused === undefined && recorded.sealed === undefined)
      await this.#first.kill();
    const found = (await this.#second.ask({ folder, again: true })) as Found | undefined;
    // as many as before, whichever died
    for (const each of [this.#first, this.#second]) each.start();
    if (found === undefined) throw new Error(`the next start died after ${fault.what}`);
    return { folder, sent, recorded, acknowledged, found, fault };
  }

  [Symbol.dispose](): void {
    for (const each of [this.#first, this.#second]) each[Symbol.dispose]();
    this.#shim[Symbol.dispose]();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** A process of record-and-archive.mjs, and another one when it has died. */
class Answering implements Disposable {
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** @returns undefined when the process was killed */
  async ask(question: object, onLine: (line: Line) => void = () => undefined): Promise<unknown> {
    const child = this.start();
    child.stdin?.write(`${JSON.stringify(question)}\n`);
    const timer = setTimeout(() => child.kill('SIGABRT'), DEADLINE_MS);
    try {
      for (;;) {
        const next = await this.#lines?.next();
        if (next === undefined || next.done === true) return await this.#death(child);
        const line = JSON.parse(next.value) as Line;
        if ('done' in line) return line.done;
        if ('failed' in line) throw new Error(`${line.failed}\n${line.stack}`);
        if ('defect' in line) throw new Error(`a rejection that nobody handles: ${line.defect}`);
        onLine(line);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    child?.kill('SIGKILL');
    if (child !== undefined) await this.#death(child);
  }

  start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = spawn(process.execPath, [CHILD], {
      env: { ...process.env, ...this.#environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return (this.#child = child);
  }

  async #death(child: ChildProcess): Promise<undefined> {
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      const tell = (): void => resolve({ code: child.exitCode, signal: child.signalCode });
      if (child.exitCode !== null || child.signalCode !== null) tell();
      else child.once('exit', tell);
    });
    this.#child = undefined;
    for (const pipe of [child.stdin, child.stdout]) pipe?.destroy();
    if (signal !== 'SIGKILL') throw new Error(`the process ended with ${signal ?? code}`);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
  }
}
