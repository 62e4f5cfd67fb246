import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeFlacFrame } from '../../src/audio/flac/encode-flac.ts';
import { FLAC_BLOCK_SIZE, formatFlacHeader } from '../../src/audio/flac/flac-stream.ts';
import { loadPlans } from '../../src/dialogue/load-dialplan.ts';
import { allQueuePhrases } from '../../src/language/queue-phrases.ts';
import { compose, keyOf } from '../../src/speech/engines/recordings/recorded-pieces.ts';
import { openRecordings, recordedLanguages } from '../../src/speech/engines/recordings/recordings.ts';
import { nameSpeech } from '../../src/speech/synthesis/named-speech.ts';
import { clausesOf } from '../../src/speech/synthesis/clauses.ts';
import { piecesOfText, piecesToRecord } from '../../src/speech/synthesis/recorded-texts.ts';
import { bankHotline, SERVICES } from '../dialogue/support/bank-hotline.ts';

const SHIPPED = 'dialplans/recordings';
const signal = new AbortController().signal;

describe('a text is put together', () => {
  const has = (piece: string): boolean => ['尾号', '尾号五', '五', '六', '六六', '的账户'].includes(piece);

  test.each([
    ['尾号五六六的账户', ['尾号五', '六六', '的账户']],
    ['尾号，五', ['尾号', '', '五']],
    ['尾号七', undefined],
    ['，', ['']],
  ])('%s from the fewest pieces', (text, pieces) => expect(compose(text, has)).toEqual(pieces));

  test('of its words: marks at its ends are pauses, those in it commas, figures are words', () => {
    expect(keyOf('“您好，请按一。”')).toBe('您好，请按一');
    expect(keyOf('向 Rhys Marshall 转账。')).toBe('向Rhys Marshall转账');
    expect(piecesOfText('查余额请按1，挂失请按2。谢谢！')).toEqual(['查余额请按一，挂失请按二', '谢谢']);
  });
});

describe('a folder of recordings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tellerline-recordings-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function record(pieces: Readonly<Record<string, readonly number[]>>): Promise<void> {
    const samples = Int16Array.from(Object.values(pieces).flat());
    const header = {
      rate: 8_000,
      channels: 1,
      samples: samples.length,
      blockSize: FLAC_BLOCK_SIZE,
      md5: new Uint8Array(16),
    };
    const flac = Buffer.concat([formatFlacHeader(header), encodeFlacFrame([samples], 8_000, 0)]);
    let at = 0;
    const places = Object.entries(pieces).map(([piece, { length }]) => [piece, [(at += length) - length, length]]);
    const sha256 = createHash('sha256').update(flac).digest('hex');
    const index = { language: 'zh', voice: 'v', sha256, pieces: Object.fromEntries(places) };
    await writeFile(join(folder, 'zh.flac'), flac);
    await writeFile(join(folder, 'zh.json'), JSON.stringify(index));
  }

  test('is spoken from, names by the English voice; what is not there is refused without its words', async () => {
    await record({ 您好: [100, 200], 转账给: [300], 五: [5] });
    const asked: string[] = [];
    const speak = async (clause: string): Promise<Int16Array> => {
      asked.push(clause);
      return new Int16Array(800).fill(9_000);
    };
    await using voice = await openRecordings(folder, await recordedLanguages(folder), { speak });
    expect(Array.from(await voice.speak('您好，五五。', { language: 'zh-CN' }, signal))).toEqual([
      100,
      200,
      ...new Int16Array(1_280),
      5,
      5,
    ]);
    expect((await voice.speak('转账给Rhys Marshall。', { language: 'zh-CN' }, signal))[0]).toBe(300);
    expect(asked).toEqual(['Rhys Marshall']);
    const refused = await voice.speak('秘密', { language: 'zh-CN' }, signal).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'SYNTHESIS_FAILED' });
    expect(JSON.stringify(refused)).not.toContain('秘密');
  });

  test('that was altered, or lacks its sound, is named', async () => {
    await record({ 您好: [100] });
    await writeFile(join(folder, 'zh.flac'), 'x');
    await expect(openRecordings(folder, ['zh'], undefined)).rejects.toMatchObject({ code: 'MODEL_ALTERED' });
    await rm(join(folder, 'zh.flac'));
    await expect(openRecordings(folder, ['zh'], undefined)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    expect(await recordedLanguages(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('what ships', () => {
  const defaults = { synthesizer: 'neural-voice', language: 'en-US', recorded: ['zh'] } as const;
  const clauses = (text: string): readonly string[] =>
    clausesOf(nameSpeech({ text, language: 'zh-CN', kind: 'static' }, defaults, {}).text);

  test('has all that stands between values', async () => {
    const plans = await loadPlans('dialplans/bank-hotline.yaml', { grammarsDirectory: 'grammars', services: SERVICES });
    const chinese = plans.find(({ language }) => language === 'zh-CN');
    const parts = [...(chinese?.prompts.values() ?? [])].flatMap((prompt) => prompt.parts);
    const words = parts.filter((part) => typeof part === 'string');
    expect(words.length).toBeGreaterThan(250);
    const { pieces } = JSON.parse(await readFile(join(SHIPPED, 'zh.json'), 'utf8')) as { readonly pieces: object };
    expect(piecesToRecord(words).filter((piece) => !(piece in pieces))).toEqual([]);
  });

  test('speaks every prompt of the hotline in Mandarin, and what callers hear who wait', async () => {
    await using voice = await openRecordings(SHIPPED, ['zh'], undefined);
    const texts = [
      ...bankHotline.staticPrompts
        .filter(({ language }) => language === 'zh-CN')
        .map(({ text, speech }) => speech ?? text),
      ...allQueuePhrases('zh-CN', undefined),
    ];
    expect(texts.length).toBeGreaterThan(200);
    for (const clause of texts.flatMap(clauses))
      expect((await voice.speak(clause, { language: 'zh-CN' }, signal)).length, clause).toBeGreaterThan(800);
  });

  test.each([
    '尾号五六七八的账户余额是一千二百三十四美元五十六美分。',
    '从您尾号五六七八的账户转二百五十美元到尾号五六七九的账户，对吗？',
    '您的信用卡欠款是四百五十美元。您要现在全部还清，分期还款，还是先不还？',
    '您的工单号是幺零零三七。再说一遍，幺零零三七。',
    '向Rhys Marshall转账一万二千零五美元，对吗？',
    '我听到的是幺二三四，五六七八，对吗？',
  ])('says values between its pieces: %s', async (text) => {
    const english = { speak: async () => new Int16Array(4_000).fill(5_000) };
    await using voice = await openRecordings(SHIPPED, ['zh'], english);
    for (const clause of clauses(text))
      expect((await voice.speak(clause, { language: 'zh-CN' }, signal)).length, clause).toBeGreaterThan(4_000);
  });
});
