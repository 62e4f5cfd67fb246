import { Malformed } from './bytes.ts';
import { type Bundle, textOf } from './bundle-files.ts';
import { type JsonObject, list, object, parseCanonical, record, string, whole } from './canonical.ts';
import { type Statement, within } from './verdict.ts';

/* receipts.json: what of each prompt and disclosure went to the wire. That it is the one of the manifest and of the log is proved elsewhere. */

export const RECEIPTS = 'receipts.json';

const OUTCOMES: Readonly<Record<string, Statement>> = {
  whole: { en: 'in full', zh: '已完整播放' },
  failed: { en: 'FAILED: its audio could not be had', zh: '播放失败' },
  unfinished: { en: 'began; nothing says how far it came', zh: '已开始播放，播放进度未知' },
  'not-played': { en: 'NOT PLAYED', zh: '未播放' },
};

/** What it says of each disclosure, and of each prompt that did not come to its end. @throws Refusal */
export async function checkReceipts(bundle: Bundle): Promise<readonly Statement[]> {
  if (!bundle.files.has(RECEIPTS)) return [];
  const text = await textOf(bundle.files, RECEIPTS);
  return within(RECEIPTS, () => {
    const value = record(parseCanonical(text), RECEIPTS, [
      'dialplan',
      'format',
      'receipts',
      'recording',
      'salt',
      'version',
    ]);
    if (value['format'] !== 'tellerline-playout-receipts' || value['version'] !== 1)
      throw new Malformed('receipts of another version');
    if (value['recording'] !== bundle.listing['recording']) throw new Malformed('the receipts of another recording');
    const receipts = list(value['receipts'], 'receipts').map((one) => object(one, 'a receipt'));
    const inFull = receipts.filter(({ outcome }) => outcome === 'whole').length;
    return [
      {
        en: `Of ${receipts.length} prompts ${inFull} went to the wire in full.`,
        zh: `共 ${receipts.length} 段语音，其中 ${inFull} 段已完整播放。`,
      },
      ...receipts.filter(({ notice, outcome }) => notice !== undefined || outcome !== 'whole').map(statementOf),
    ];
  });
}

function statementOf(receipt: JsonObject): Statement {
  const { notice } = receipt;
  const spoken = string(receipt['text'], 'text');
  const { en, zh } = outcomeOf(receipt);
  if (notice === undefined) return { en: `Prompt “${spoken}”: ${en}.`, zh: `语音“${spoken}”：${zh}。` };
  const { id, version } = object(notice, 'notice');
  const name = `${string(id, 'id')}${typeof version === 'number' ? ` v${version}` : ''}`;
  return { en: `Disclosure ${name} “${spoken}”: ${en}.`, zh: `告知 ${name}“${spoken}”：${zh}。` };
}

function outcomeOf(receipt: JsonObject): Statement {
  const outcome = string(receipt['outcome'], 'outcome');
  if (outcome !== 'interrupted') {
    const said = Object.hasOwn(OUTCOMES, outcome) ? OUTCOMES[outcome] : undefined;
    if (said === undefined) throw new Malformed('an unknown outcome');
    return said;
  }
  const [played, words] = [whole(receipt['words_played'], 'words_played'), whole(receipt['words'], 'words')];
  const word = receipt['ended_in'] === undefined ? '' : string(receipt['ended_in'], 'ended_in');
  const counted = receipt['method'] === 'counted';
  return {
    en: `INTERRUPTED after ${played} of ${words} words${word === '' ? '' : `, in “${word}”`} (${counted ? 'counted by its length' : 'estimated'})`,
    zh: `被打断，已播放 ${played}/${words} 词${word === '' ? '' : `，止于“${word}”`}（${counted ? '按语音时长计' : '估计'}）`,
  };
}
