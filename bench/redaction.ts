import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redactText } from '../src/redaction/redact-text.ts';
import { englishPersonalSpeech } from '../test/support/personal-speech/english.ts';
import { MANDARIN_ORDINARY, mandarinPersonalSpeech } from '../test/support/personal-speech/mandarin.ts';
import { judge, PERSONAL_KINDS } from '../test/support/personal-speech/personal-utterance.ts';

/*
 * How much of what callers say of themselves is hidden, and how much of what they ask is left. On EVI's turns of real
 * telephone calls (name, postcode, date of birth, as a recognizer heard them) every word but a few is personal; in
 * BANKING77 and NLU++ (people's questions to a bank) hardly any is. Half of EVI's speakers were looked at while the rules
 * were made; the others give the figure. Sentences in both languages are made up
 * besides (test/support/personal-speech), from vocabulary and sentences of which the rules were made with every other one.
 *
 *   TELLERLINE_TEST_DATA=… npm run bench -- redaction [--tuning] [--show N]
 */

const data = process.env['TELLERLINE_TEST_DATA'] ?? '';
const tuning = process.argv.includes('--tuning');
const show = Number(process.argv[process.argv.indexOf('--show') + 1] || 0);

/** What is no personal data in an answer to such a question. */
const PLAIN =
  /^(?:st|nd|rd|th|my|name|is|the|it's|its|it|i|i'm|am|was|born|on|of|date|birth|post|postcode|code|yes|no|hi|hello|um|uh|er|and|for|that's|this|speaking|in|at|a|full|first|last|surname|please|okay|ok|sorry|oh|yeah|so|in|as|like|double|space|please|thank|you|thanks|dob|birthday|to|that|would|be|spelled|spelt|just|think|don't|know|what|have|not|can|repeat|again|said|say)$/;

function rowsOf(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{Nd}]+(?:['’]\p{L}+)*/gu) ?? [];
/** Words that are still there: what is in brackets and '#' stand for hidden ones. */
const shownOf = (text: string): string[] => wordsOf(text.replace(/\[\w+\]/g, ' '));

const half = (speaker: string): boolean => Number.parseInt(speaker.slice(0, 2), 16) % 2 === 0;

const turns = rowsOf(await readFile(join(data, 'evi/dialogues.en.dev.tsv'), 'utf8')).filter(
  ([, speaker = '']) => half(speaker) === tuning,
);
const recall = new Map<string, { personal: number; shown: number; turns: number; clean: number }>();
const leaks: string[] = [];
for (const [, , , , item = '', , , , said = ''] of turns) {
  const personal = wordsOf(said).filter((word) => !PLAIN.test(word));
  if (personal.length === 0) continue;
  const redacted = redactText(said);
  const left = shownOf(redacted).filter((word) => !PLAIN.test(word));
  const count = recall.get(item) ?? { personal: 0, shown: 0, turns: 0, clean: 0 };
  count.personal += personal.length;
  count.shown += left.length;
  count.turns += 1;
  if (left.length === 0) count.clean += 1;
  else leaks.push(`${item}: ${said} → ${redacted}`);
  recall.set(item, count);
}

const bank = (await readFile(join(data, 'banking77/train.csv'), 'utf8'))
  .split('\n')
  .slice(1)
  .map((line) => line.replace(/,[a-z_]+\r?$/i, '').replace(/^"|"$/g, ''))
  .filter((line) => line !== '');
interface Utterance {
  readonly text: string;
  readonly slots?: Readonly<Record<string, { readonly text: string }>>;
}
const utterances: Utterance[] = [];
for (let fold = 0; fold < 15; fold++)
  utterances.push(...(JSON.parse(await readFile(join(data, `nlupp/fold${fold}.json`), 'utf8')) as Utterance[]));
// names of people and firms are there to be hidden
const nlu = utterances
  .filter(({ slots = {} }) => !('person_name' in slots || 'company_name' in slots))
  .map(({ text }) => text);
const people = utterances.filter(({ slots = {} }, index) => 'person_name' in slots && (index % 2 === 0) === tuning);
const namesLeft = people.filter(({ text, slots }) => {
  const left = new Set(shownOf(redactText(text)));
  return wordsOf(slots?.['person_name']?.text ?? '').some((word) => left.has(word));
});
const ordinary = (texts: readonly string[]) => {
  let [words, kept, whole] = [0, 0, 0];
  const lost: string[] = [];
  for (const text of texts.filter((_, index) => (index % 2 === 0) === tuning)) {
    // numbers are to be hidden, dates with them
    const plain = wordsOf(text).filter((word) => !/\d/.test(word));
    const redacted = redactText(text);
    const stays = shownOf(redacted);
    const missing = /\[(?:name|address|email)\]/.test(redacted);
    words += plain.length;
    kept += Math.min(stays.length, plain.length);
    if (missing) lost.push(`${text} → ${redacted}`);
    else whole += 1;
  }
  const of = Math.ceil(texts.length / 2);
  return { texts: of, wordsKept: kept / words, textsWithoutNameOrAddress: whole / of, lost };
};

const began = performance.now();
const banking77 = ordinary(bank);
const nlupp = ordinary(nlu);
const microseconds = ((performance.now() - began) * 1000) / (banking77.texts + nlupp.texts);
const percent = (n: number): string => `${(n * 100).toFixed(1)} %`;
for (const [item, { personal, shown, turns: of, clean }] of recall)
  console.log(
    `evi ${item.padEnd(9)} ${of} turns, ${personal} personal words: ${percent(1 - shown / personal)} hidden, ${percent(clean / of)} of the turns wholly`,
  );
for (const [name, { texts, wordsKept, textsWithoutNameOrAddress }] of Object.entries({ banking77, nlupp }))
  console.log(
    `${name.padEnd(13)} ${texts} texts: ${percent(wordsKept)} of the words stay, ${percent(textsWithoutNameOrAddress)} of the texts without [name], [address] or [email]`,
  );
console.log(
  `nlupp people  ${people.length} texts with a person's name: ${percent(1 - namesLeft.length / people.length)} wholly hidden`,
);
console.log(`${microseconds.toFixed(0)} µs a text`);
const MADE_UP = 300;
for (const [language, made] of [
  ['zh', mandarinPersonalSpeech],
  ['en', englishPersonalSpeech],
] as const) {
  const all = made(tuning ? 'tuning' : 'held-out', MADE_UP).map((utterance) => ({
    ...utterance,
    ...judge(utterance, redactText(utterance.text)),
  }));
  for (const kind of PERSONAL_KINDS) {
    const own = all.filter((one) => one.kind === kind);
    const hidden = own.filter((one) => !one.leaks);
    const kept = hidden.reduce((sum, one) => sum + one.kept, 0) / hidden.length;
    console.log(
      `made up ${language} ${kind.padEnd(10)} ${own.length} sentences: ${percent(hidden.length / own.length)} wholly hidden, ${percent(kept)} of the rest stays`,
    );
  }
}
const changed = MANDARIN_ORDINARY.filter((text) => redactText(text) !== text);
console.log(`made up zh ordinary   ${MANDARIN_ORDINARY.length} questions, ${changed.length} of them changed`);
if (show > 0) {
  const some = (texts: readonly string[]): readonly string[] =>
    texts.filter((_, index) => index % Math.max(1, Math.floor(texts.length / show)) === 0).slice(0, show);
  for (const text of [
    ...namesLeft.map(({ text }) => text),
    '',
    ...some(leaks),
    '',
    ...some(banking77.lost),
    '',
    ...some(nlupp.lost),
  ])
    console.log(text);
}
