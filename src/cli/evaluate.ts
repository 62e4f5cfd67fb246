import { parseArgs } from 'node:util';
import { evaluateRecognition } from '../app/evaluate-recognition.ts';
import { IvrError } from '../domain/error.ts';
import type { Command } from './command.ts';

/** `tellerline evaluate`: measures a part of the product on data of one's own. */
export const evaluate: Command = {
  summary: 'measures the recognizer on utterances of your own',
  usage: 'tellerline evaluate recognition --manifest FILE.tsv [--grammar FILE.abnf] [--language TAG]',
  help: `  --manifest FILE  a table, tabs between its columns, the first line naming them: file (WAV: PCM 16-bit or G.711, any rate
                   from 8000 Hz, channels are mixed; relative to the manifest) and text (what is said); optionally
                   speech_start_s and speech_end_s (seconds). Other columns are ignored.
  --grammar FILE   recognizes within this ABNF grammar (those it refers to lie beside it), or a builtin such as
                   builtin:digits?length=8; without it, any words
  --language TAG   en-US or zh-CN; otherwise the grammar's, or en-US

Prints one JSON object and nothing else. Rates are fractions from 0 to 1:
  wer, cer              word errors (English) or character errors (Mandarin) by the words that were said; contractions are
                        compared in full and numbers digit by digit. With a grammar: of the utterances that are in it
  sentenceAccuracy      utterances without an error, of the same
  rejectedInGrammar     of the utterances whose text is a sentence of the grammar, those that were not accepted
  acceptedOutOfGrammar  of the others, those that were accepted all the same
  acceptedWrong         of those in the grammar, accepted as another sentence
  otherLanguage         number of utterances that were taken for another language than the one asked for
  secondsPerUtterance   time in the recognizer, one utterance at a time`,
  async run({ arguments: args, print, signal, openLogger }) {
    const [what, ...rest] = args;
    if (what !== 'recognition')
      throw new IvrError('USAGE', `there is no \`evaluate ${what ?? ''}\`; there is \`evaluate recognition\``);
    const { values } = parseArgs({
      args: rest,
      options: { manifest: { type: 'string' }, grammar: { type: 'string' }, language: { type: 'string' } },
    });
    const { manifest, grammar, language } = values;
    if (manifest === undefined) throw new IvrError('USAGE', 'name the manifest of the utterances with --manifest');
    const options = {
      manifest,
      ...(grammar === undefined ? {} : { grammar }),
      ...(language === undefined ? {} : { language }),
    };
    print(JSON.stringify(await evaluateRecognition(options, openLogger('error'), signal)));
    return 0;
  },
};
