import '../../../lib/original-positions.ts';
import type { ServedEngine } from '../../processes/serve-engine.ts';
import { serveEngine } from '../../processes/serve-engine.ts';
import type { SpeakAnswer, SpeakRequest } from './voice-jobs.ts';
import { loadVoiceModel, type VoiceModel } from './voice-model.ts';
import { neuralVoice } from './voices.ts';

/* A voice process: speaks one clause after the other. */

/** The first clauses are slow: memory is laid out and code compiled. Callers are spared that. */
async function warmUp(model: VoiceModel): Promise<void> {
  const voice = neuralVoice('hibari');
  if (voice === undefined) return;
  for (let round = 0; round < 3; round++)
    await model.speak('Please say or key in your account number, one digit at a time.', voice);
}

async function openVoice(): Promise<ServedEngine<SpeakRequest, SpeakAnswer>> {
  const model = await loadVoiceModel(process.argv[2]);
  await warmUp(model);
  return {
    async work({ clause, voice }) {
      const speech = await model.speak(clause, voice);
      return Int16Array.from(speech, (value) => Math.max(-32767, Math.min(32767, Math.round(value * 32767))));
    },
    release: () => model.release(),
  };
}

await serveEngine(openVoice);
