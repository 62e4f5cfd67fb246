import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Heard, Interpretation } from '../../src/dialogue/dialogue.ts';
import type { Understanding } from '../../src/dialogue/understanding.ts';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openIntentUnderstanding } from '../../src/understanding/open-intent-understanding.ts';
import { bankHotline } from '../dialogue/support/bank-hotline.ts';
import { childProcesses } from '../support/child-processes.ts';
import { keptLog } from '../support/kept-log.ts';

const forever = new AbortController().signal;
/** A line is opened without what is learnt in half a minute; a busy machine of tests is waited for. */
const PATIENT = ms(110_000);
const MAIN = [...bankHotline.examples.map(({ intent }) => intent), 'repeat', 'start-again', 'no-recording'];

const asked = (text: string) => {
  const heard: readonly Heard[] = [{ words: text.split(' '), confidence: 0.8, free: true, interpretations: [] }];
  return { heard, intents: MAIN, examples: bankHotline.examples, language: bankHotline.language };
};
async function heardAs(understanding: Understanding, text: string): Promise<readonly Interpretation[]> {
  const [one] = await understanding.interpret(asked(text), forever);
  return one?.interpretations ?? [];
}
const wantedBy = ({ meaning }: Interpretation): string => meaning['intent'] ?? meaning['command'] ?? '';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-intents-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the shipped hotline, learnt', () => {
  let understanding: Awaited<ReturnType<typeof openIntentUnderstanding>>;
  beforeAll(async () => {
    understanding = await openIntentUnderstanding([bankHotline], { folder, deadline: PATIENT }, silentLogger);
  }, 120_000);
  afterAll(() => understanding[Symbol.asyncDispose]());

  test('customers are understood in words that no example has', async () => {
    const lines = (await readFile('test/understanding/natural-wording.tsv', 'utf8')).trimEnd().split('\n').slice(1);
    const examples = new Set(bankHotline.examples.flatMap(({ sentences }) => sentences));
    const counted = { inScope: 0, right: 0, wrongAtOnce: 0, outOfScope: 0, taken: 0, twice: 0, both: 0 };
    for (const line of lines) {
      const [wanted = '', text = ''] = line.split('\t');
      expect(examples).not.toContain(text);
      const guesses = await heardAs(understanding, text);
      const [first, second] = guesses;
      const [one = '', other] = wanted.split('+');
      if (one === 'oos') {
        counted.outOfScope++;
        if (first?.sure === true) counted.taken++;
      } else if (other !== undefined) {
        counted.twice++;
        if (first?.sure === true && wantedBy(first) === one && first.also === other) counted.both++;
      } else {
        counted.inScope++;
        const near = second !== undefined && second.confidence >= 0.5 * (first?.confidence ?? 0) ? [second] : [];
        const isRight = first !== undefined && wantedBy(first) === one;
        if (isRight || (first?.sure === false && near.some((guess) => wantedBy(guess) === one))) counted.right++;
        if (first?.sure === true && !isRight) counted.wrongAtOnce++;
      }
    }
    expect(counted.right / counted.inScope).toBeGreaterThanOrEqual(0.9);
    expect(counted).toMatchObject({ inScope: 56, wrongAtOnce: 0, taken: 0 });
    expect(counted.both).toBeGreaterThanOrEqual(counted.twice / 2);
  }, 120_000);

  test('words of another script mean nothing', async () => {
    expect(await heardAs(understanding, '余额 查询')).toEqual([]);
  });

  test('is learnt once: the next start reads it', async () => {
    const [file = ''] = await readdir(folder);
    const written = await stat(join(folder, file));
    const again = await openIntentUnderstanding([bankHotline], { folder, deadline: PATIENT }, silentLogger);
    try {
      expect((await heardAs(again, 'i lost my card')).map(wantedBy)[0]).toBe('lost-card');
      expect(await readdir(folder)).toEqual([file]);
      expect((await stat(join(folder, file))).mtimeMs).toBe(written.mtimeMs);
    } finally {
      await again[Symbol.asyncDispose]();
    }
  }, 120_000);

  test('a file that was cut short is learnt anew', async () => {
    const [name = ''] = await readdir(folder);
    const file = join(folder, name);
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length / 2));
    const again = await openIntentUnderstanding([bankHotline], { folder, deadline: PATIENT }, silentLogger);
    await again[Symbol.asyncDispose]();
    expect((await readFile(file)).equals(whole)).toBe(true);
  }, 120_000);

  test('a line that opened before all was learnt says so, and when it is; and that what was learnt cannot be kept', async () => {
    const log = keptLog();
    const [file = ''] = await readdir(folder);
    const examples = bankHotline.examples.filter(({ intent }) => intent === 'balance' || intent === 'lost-card');
    const options = { folder: join(folder, file), deadline: ms(1) };
    const late = await openIntentUnderstanding([{ ...bankHotline, examples }], options, log);
    try {
      expect(log.text()).toContain('intents are still being learnt');
      await vi.waitFor(() => expect(log.text()).toContain('intents are learnt'), 60_000);
      expect(log.text()).toContain('cannot be kept');
      const [one] = await late.interpret({ ...asked('what is my balance'), examples }, forever);
      expect((one?.interpretations ?? []).map(wantedBy)[0]).toBe('balance');
    } finally {
      await late[Symbol.asyncDispose]();
    }
  }, 120_000);

  test('what is known is understood while another dialplan is being learnt, which takes minutes', async () => {
    const examples = bankHotline.examples.map(({ intent, of, sentences }) => ({
      intent,
      of,
      sentences: Array.from({ length: 2_000 }, (_, n) => `${sentences[n % sentences.length] ?? ''} ${n}`),
    }));
    const dialplans = [{ ...bankHotline, examples }, bankHotline];
    const both = await openIntentUnderstanding(dialplans, { folder, deadline: ms(1) }, silentLogger);
    try {
      await vi.waitFor(
        async () => expect((await heardAs(both, 'i lost my card')).map(wantedBy)[0]).toBe('lost-card'),
        60_000,
      );
      const request = { ...asked('i lost my card'), examples };
      expect(await both.interpret(request, forever)).toBe(request.heard);
    } finally {
      await both[Symbol.asyncDispose]();
    }
  }, 120_000);

  test('a process that is killed is replaced, and what it was asked is answered', async () => {
    const killed = await childProcesses('intent-process');
    expect(killed.length).toBeGreaterThan(0);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    expect((await heardAs(understanding, 'my card has been stolen')).map(wantedBy)[0]).toBe('lost-card');
  }, 120_000);
});

describe('without the classifier', () => {
  let empty: string;
  beforeEach(async () => {
    empty = await mkdtemp(join(tmpdir(), 'tellerline-no-model-'));
  });
  afterEach(() => rm(empty, { recursive: true }));

  test('a model that is missing is an error in the log by its name, and what was heard stays as it is', async () => {
    const log = keptLog();
    const understanding = await openIntentUnderstanding([bankHotline], { folder, modules: empty }, log);
    expect(log.text()).toContain('"code":"MODEL_MISSING"');
    const request = asked('i lost my card');
    expect(await understanding.interpret(request, forever)).toBe(request.heard);
    await understanding[Symbol.asyncDispose]();
  }, 60_000);

  test('a dialplan without examples, or in another language, starts no process', async () => {
    const before = await childProcesses('intent-process');
    const none = { ...bankHotline, examples: [] };
    const chinese = { ...bankHotline, language: 'zh-CN' };
    const understanding = await openIntentUnderstanding([none, chinese], { folder }, silentLogger);
    expect(await childProcesses('intent-process')).toEqual(before);
    await understanding[Symbol.asyncDispose]();
  });
});
