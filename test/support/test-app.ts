import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '../../src/app/app.ts';
import { openApp } from '../../src/app/open-app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { CallEvent, CallEventType } from '../../src/domain/call-event.ts';
import { type Logger, silentLogger } from '../../src/lib/logger.ts';
import { lightVoice } from './light-voice.ts';

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  /** Its own, removed at the end. */
  readonly folder: string;
  readonly events: readonly CallEvent[];
  /** Of the types given, in order. */
  typesOf(...types: readonly CallEventType[]): CallEventType[];
  /** As if there had been no call so far: what tests that share an app begin with, when all is at rest. */
  forget(): void;
  /** The first event, past or to come, that fits. @throws when there is none by the deadline, naming what came instead */
  until<T extends CallEventType>(
    type: T,
    fits?: (event: Extract<CallEvent, { readonly type: T }>) => boolean,
    deadlineMs?: number,
  ): Promise<Extract<CallEvent, { readonly type: T }>>;
}

/**
 * The whole server on free ports with its own folder. Without `ears` nothing listens for speech: the callers use keys,
 * and no recognizer has to start. Prompts are cached over all tests of a run.
 */
export async function openTestApp(
  options: {
    readonly ears?: boolean;
    /** Whose voice matters: 'speech.synthesizer' among them, or another one may speak. */
    readonly set?: Readonly<Record<string, string | number | boolean>>;
    readonly logger?: Logger;
  } = {},
): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
  const { ears = false } = options;
  const config = await loadConfig({
    environment: {},
    overrides: {
      'sip.port': 0,
      'rtp.port_min': 0,
      'rtp.port_max': 0,
      'http.port': 0,
      'limits.event_loop_lag_ms': 60_000, // the machine of the tests may be busy with other tests
      'http.token_file': join(folder, 'token'),
      'staff.key_file': join(folder, 'staff-key'),
      'signalling.ledger': join(folder, 'dialogs'),
      'storage.file': join(folder, 'tellerline.sqlite'),
      'recordings.directory': join(folder, 'recordings'),
      'archive.enabled': false, // a thread more for each; test/acceptance/archive.test.ts has it on
      'speech.cache': join(tmpdir(), 'tellerline-test-prompts'),
      'speech.recognizer': ears ? 'whisper' : 'none',
      'speech.voice_activity_detection': ears,
      ...(ears && options.set?.['speech.recognizer'] !== 'none' ? {} : lightVoice()),
      ...options.set,
    },
  });
  let app: App;
  try {
    app = await openApp(config, options.logger ?? silentLogger);
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
  const events: CallEvent[] = [];
  const watching = new Set<(event: CallEvent) => void>();
  app.subscribe((event) => {
    events.push(event);
    for (const watch of watching) watch(event);
  });
  return {
    app,
    folder,
    events,
    typesOf: (...types) => events.map(({ type }) => type).filter((type) => types.includes(type)),
    forget: () => void events.splice(0),
    until(type, fits = () => true, deadlineMs = 60_000) {
      type Wanted = Extract<CallEvent, { readonly type: typeof type }>;
      const wanted = (event: CallEvent): event is Wanted => event.type === type && fits(event as Wanted);
      const past = events.find(wanted);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watching.delete(watch);
          reject(
            new Error(
              `no ${type} within ${deadlineMs} ms; there were: ${events.map((event) => event.type).join(', ')}`,
            ),
          );
        }, deadlineMs);
        const watch = (event: CallEvent): void => {
          if (!wanted(event)) return;
          clearTimeout(timer);
          watching.delete(watch);
          resolve(event);
        };
        watching.add(watch);
      });
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
