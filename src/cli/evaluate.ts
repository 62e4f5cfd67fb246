import { parseArgs } from 'node:util';
import { evaluateIdentity, type IdentityFiles } from '../app/evaluate-identity.ts';
import { evaluateIntents, evaluateSeveral, type IntentFiles } from '../app/evaluate-intents.ts';
import { evaluateRecognition } from '../app/evaluate-recognition.ts';
import { IvrError } from '../domain/error.ts';
import type { Command } from './command.ts';

/** `tellerline evaluate`: measures a part of the product on data of one's own. */
export const evaluate: Command = {
  summary: 'measures the recognizer, the intent classifier or the identity check on data of your own',
  usage:
    'tellerline evaluate recognition --manifest FILE.tsv [--grammar FILE.abnf] [--language TAG] | identity --records FILE.csv --dialogues FILE.tsv --trials FILE.tsv | intents --train FILE.csv --test FILE.csv [--format nlupp]',
  help: `recognition:
  --manifest FILE  a table, tabs between its columns, the first line naming them: file (WAV: PCM 16-bit or G.711, any rate
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
  secondsPerUtterance   time in the recognizer, one utterance at a time

identity: plays recorded answers to the machine that identifies callers.
  --records FILE    customers: CSV with scenario_id, postcode, name_first, name_last and dob (1979-09-27)
  --dialogues FILE  answers, one a line: TSV with dialogue_id, speaker_id, scenario_id (who the caller is), turn_num, item
                    (postcode, name, dob), attempt_num and nbest (a JSON list of hypotheses)
  --trials FILE     claims to be judged: TSV with dialogue_id, claimed_scenario_id and genuine (1 or 0)
An item ends at the first attempt in which something is understood; all are asked for again (three rounds at most) until the
caller is verified. Rates are fractions from 0 to 1:
  verificationEer                   equal error rate of the trials (FVC2000)
  verificationFrrAtFar1in100        genuine callers refused where 1 of 100 impostors of the trials is accepted
  verificationFrrAtFar1in1000All    the same for 1 of 1000, every other customer being an impostor
  samePostcodeEer                   equal error rate with the customers at the same postcode as impostors
  samePostcodeAcceptedAtFar1in1000  of those, accepted at the threshold of 1 in 1000
  identificationIr1ByPostcode       best candidate right, candidates being exact matches of the postcode
  identificationIr1Open             best candidate right among all customers
  identificationWrongAt98           of all dialogues: identified as somebody else when the surest 98 of 100 are accepted
  turnsUsed                         answers of a genuine caller until the machine concludes
  decisions                         what the machine decides at its own thresholds

intents: learns what English sentences want from examples, as a line learns it from its dialplan, and tries it on others.
  --train FILE.csv, --test FILE.csv   CSV with the columns text and category; may be given several times, and a folder stands
                                      for all such files in it
  --format nlupp                      the files are folds of NLU++ (JSON): several intents an utterance, or none
Head and n-gram model are trained, in one thread; the sentence encoder is the one that ships. The threshold is chosen on
sentences of --train that neither the model nor the encoder had seen, so that 98 of 100 accepted are right; --test is not
looked at for it. Shares are from 0 to 1:
  top1, top3                     the right intent is the first one, or among the first three
  coverage, accuracyAccepted     accepted at the threshold that a line would use; of those, right
  coverageAt98, accuracyAt98     the same at the threshold for 98 of 100
  threshold, trainingSeconds     what was learnt, and in what time
  microsecondsPerQuery           mean, from text to intents, one query at a time
With --format nlupp:
  microF1, exactMatch            of the intents found; utterances whose intents are all found, and no other`,
  async run({ arguments: args, print, signal, openLogger }) {
    const [what, ...rest] = args;
    if (what === 'identity') {
      print(JSON.stringify(await evaluateIdentity(identityFiles(rest))));
      return 0;
    }
    if (what === 'intents') {
      const { files, several } = intentFiles(rest);
      print(JSON.stringify(await (several ? evaluateSeveral(files) : evaluateIntents(files))));
      return 0;
    }
    if (what !== 'recognition')
      throw new IvrError(
        'USAGE',
        what === undefined ? 'say `recognition`, `intents` or `identity`' : `there is no \`evaluate ${what}\``,
      );
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

function identityFiles(args: readonly string[]): IdentityFiles {
  const file = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { records: file, dialogues: file, trials: file } });
  const { records, dialogues, trials } = values;
  if (records === undefined || dialogues === undefined || trials === undefined)
    throw new IvrError('USAGE', 'name the three tables with --records, --dialogues and --trials');
  return { records, dialogues, trials };
}

function intentFiles(args: readonly string[]): { readonly files: IntentFiles; readonly several: boolean } {
  const files = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({ args: [...args], options: { train: files, test: files, format: { type: 'string' } } });
  const { train, test, format = 'csv' } = values;
  if (train === undefined || test === undefined)
    throw new IvrError('USAGE', 'name the sentences with --train and --test');
  if (format !== 'csv' && format !== 'nlupp')
    throw new IvrError('USAGE', `--format expects csv or nlupp, found '${format}'`);
  return { files: { train, test }, several: format === 'nlupp' };
}
