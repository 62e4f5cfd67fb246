import '../../lib/original-positions.ts';
import { type ServedEngine, serveEngine } from '../../speech/processes/serve-engine.ts';
import { openEnglishEncoder } from '../encoder/encoder-package.ts';
import { trainIntents } from '../training/train-intents.ts';
import type { IntentAnswer, IntentRequest } from './intent-jobs.ts';

/* The process of the sentence encoder: encodes what callers say, and learns from the examples of dialplans. */

const WARM_UP = 'i would like to know the balance of my account please';

async function openEngine(): Promise<ServedEngine<IntentRequest, IntentAnswer>> {
  const encoder = await openEnglishEncoder(process.argv[2]);
  // the first runs are slow: memory is laid out and code compiled
  for (let round = 0; round < 5; round++) await encoder.encode(WARM_UP);
  const encode = async (text: string) => {
    const words = encoder.wordsOf(text);
    return { words, vector: await encoder.encode(words.join(' ')) };
  };
  return {
    async work(request, signal, alive) {
      if (request.do === 'encode') return { did: 'encode', sentence: await encode(request.text) };
      const examples = [];
      for (const { text, intent } of request.examples) {
        signal.throwIfAborted();
        const sentence = await encode(text);
        examples.push({ ...sentence, intent, known: encoder.knows(sentence.words) });
        alive();
      }
      return { did: 'learn', model: trainIntents(examples) };
    },
    release: () => encoder.release(),
  };
}

await serveEngine(openEngine);
