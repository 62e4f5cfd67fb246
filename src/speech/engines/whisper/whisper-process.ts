import '../../../lib/original-positions.ts';
import { constants, setPriority } from 'node:os';
import type { ServedEngine } from '../../processes/serve-engine.ts';
import { serveEngine } from '../../processes/serve-engine.ts';
import { checkedModel } from '../../../lib/model-package.ts';
import { type CompiledGrammar, compileGrammar } from './compiled-grammar.ts';
import { RECOGNIZER_PACKAGE } from './model-files.ts';
import { understand } from './understand.ts';
import type { DecodeAnswer, DecodeRequest } from './whisper-jobs.ts';
import { loadWhisper, type WhisperModel } from './whisper-model.ts';

/* The recognizer process: holds the model once and decodes several utterances, whose steps take turns. */

const GRAMMARS = 64;
const WARM_UP = new Int16Array(8000).map((_, index) => 2000 * Math.sin(index * index * 1e-4));

/** Compiled grammars, the least recently used forgotten. */
function keptGrammars(model: WhisperModel): (request: DecodeRequest) => CompiledGrammar | undefined {
  const kept = new Map<string, CompiledGrammar>();
  return ({ key, grammar, language }) => {
    const name = `${language} ${key}`;
    const compiled =
      kept.get(name) ?? (grammar === undefined ? undefined : compileGrammar(grammar, model.vocabulary, language));
    if (compiled === undefined) return undefined;
    kept.delete(name);
    kept.set(name, compiled);
    const [oldest] = kept.keys();
    if (kept.size > GRAMMARS && oldest !== undefined) kept.delete(oldest);
    return compiled;
  };
}

/** The same, telling after each step that it was made. */
const watched = (model: WhisperModel, alive: () => void): WhisperModel => ({
  ...model,
  encode: (...given) => model.encode(...given).finally(alive),
  begin: (...given) => model.begin(...given).finally(alive),
  step: (...given) => model.step(...given).finally(alive),
  weigh: (...given) => model.weigh(...given).finally(alive),
});

async function openRecognizer(): Promise<ServedEngine<DecodeRequest, DecodeAnswer>> {
  const [threads = '1', folder = '', priority = ''] = process.argv.slice(2);
  if (priority === 'background') setPriority(constants.priority.PRIORITY_LOW);
  const model = await loadWhisper(folder === '' ? await checkedModel(RECOGNIZER_PACKAGE) : folder, Number(threads));
  const grammarOf = keptGrammars(model);
  const never = new AbortController().signal;
  await understand(model, WARM_UP, { language: 'en', kind: 'partial', orFree: true, grammar: undefined }, never);
  return {
    async work(request, signal, alive) {
      const { audio, language, kind, orFree } = request;
      const began = performance.now();
      const grammar = request.key === undefined ? undefined : grammarOf(request);
      if (request.key !== undefined && grammar === undefined) return { type: 'unknown-grammar' };
      const question = { language, kind, orFree, grammar };
      const understood = await understand(watched(model, alive), audio, question, signal);
      return { type: 'decoded', understood, decode_ms: performance.now() - began };
    },
    release: () => model.release(),
  };
}

await serveEngine(openRecognizer);
