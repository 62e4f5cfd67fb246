import { asError, IvrError } from '../../../domain/error.ts';
import type { FromVoiceProcess, SpeakMessage } from './voice-messages.ts';
import { loadVoiceModel, type VoiceModel } from './voice-model.ts';
import { neuralVoice } from './voices.ts';

/*
 * A voice process: speaks one clause after the other. ONNX is native code, so it lives apart from the calls. It ends when
 * its channel does.
 */

const send = (message: FromVoiceProcess): void => {
  if (process.connected) process.send?.(message);
};

async function speak(model: VoiceModel, { job, clause, voice }: SpeakMessage): Promise<FromVoiceProcess> {
  try {
    const speech = await model.speak(clause, voice);
    const samples = Int16Array.from(speech, (value) => Math.max(-32767, Math.min(32767, Math.round(value * 32767))));
    return { type: 'spoken', job, samples };
  } catch (thrown) {
    return { type: 'failed', job, message: asError(thrown).message };
  }
}

/** The first clauses are slow: memory is laid out and code compiled. Callers are spared that. */
async function warmUp(model: VoiceModel): Promise<void> {
  const voice = neuralVoice('hibari');
  if (voice === undefined) return;
  for (let round = 0; round < 3; round++)
    await model.speak('Please say or key in your account number, one digit at a time.', voice);
}

// a terminal or a service manager signals the whole group; the line is drained first, and closes our channel when it is done
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

try {
  const model = await loadVoiceModel(process.argv[2]);
  await warmUp(model);
  let queue = Promise.resolve();
  process.on('message', (message: SpeakMessage) => {
    queue = queue.then(async () => send(await speak(model, message)));
  });
  process.on('disconnect', () => {
    queue = queue.then(() => model.release());
  });
  send({ type: 'ready' });
} catch (thrown) {
  const error = asError(thrown);
  send({
    type: 'failed-to-start',
    code: error instanceof IvrError ? error.code : 'SYNTHESIZER_UNREACHABLE',
    message: error.message,
  });
  process.exitCode = 1;
  process.disconnect?.();
}
