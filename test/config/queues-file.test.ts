import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readQueues } from '../../src/config/queues-file.ts';
import { completeNeeds } from '../../src/queues/queue-rules.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-queues-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const HOURS = { timeZone: 'Asia/Shanghai', calendars: {}, hours: { office: [] } };
async function read(text: string) {
  const file = join(folder, 'queues.yaml');
  await writeFile(file, text);
  return readQueues(file, HOURS);
}
const problemsOf = (text: string): Promise<string> =>
  read(text).then(
    () => 'none',
    (thrown: Error) => thrown.message.replaceAll(`${folder}/`, ''),
  );

test('the documented file', async () => {
  const documented = await readFile(join(import.meta.dirname, '../../docs/queues.md'), 'utf8');
  const { set, defaultQueue } = await read(/```yaml\n(.*?)```/s.exec(documented)?.[1] ?? '');
  expect(defaultQueue).toBe('service');
  expect([...set.queues.keys()]).toEqual(['service', 'cards']);
  expect(set.queues.get('service')).toMatchObject({
    capacity: 50,
    hours: { of: HOURS, name: 'office' },
    overflow: { to: 'cards', afterMs: 120_000, when: ['full', 'unstaffed'] },
    rings: [{ afterMs: 0, leastLevel: 0, skillsLess: 0, anyLanguage: false }],
  });
  expect(set.queues.get('cards')).toMatchObject({ priority: 10, strategy: 'most-skilled', wrapUpMs: 45_000 });
  expect(set.queues.get('cards')?.rings.map(({ afterMs }) => afterMs)).toEqual([0, 30_000, 90_000]);
  expect(completeNeeds({ skills: {}, problem: 'card-loss' }, set).skills).toEqual({ cards: 2 });
  expect(set.agents.get('lin')).toEqual({
    queues: { service: 1 },
    skills: {},
    languages: ['zh'],
    telephone: 'sip:lin@bank.example',
  });
  expect(set.signOutMs).toBe(60_000);
});

test('an empty queue has the defaults that are documented', async () => {
  const rows = [
    ...(await readFile(join(import.meta.dirname, '../../docs/queues.md'), 'utf8')).matchAll(/^\| `.*\|$/gm),
  ];
  const documented = new Map(rows.map(([row]) => [row.split('|')[1]?.trim(), row.split('|').at(-2)?.trim()]));
  const rules = (await read('queues: { service: {} }')).set.queues.get('service');
  expect(rules).toBeDefined();
  expect(documented.get('`capacity`')).toBe(String(rules?.capacity));
  expect(documented.get('`offer_s`')).toBe(String((rules?.offerMs ?? 0) / 1_000));
  expect(documented.get('`wrap_up_s`')).toBe(String((rules?.wrapUpMs ?? 0) / 1_000));
  expect(documented.get('`keep_place_s`')).toBe(String((rules?.keepPlaceMs ?? 0) / 1_000));
  expect(documented.get('`answer_within_s`')).toBe(String((rules?.answerWithinMs ?? 0) / 1_000));
  expect(documented.get('`handling_s`')).toBe(String((rules?.handlingMs ?? 0) / 1_000));
  expect(documented.get('`callback`')).toBe(
    [
      rules?.callback.offer === undefined ? 'not offered' : '',
      rules?.callback.most,
      (rules?.callback.ringMs ?? 0) / 1_000,
      rules?.callback.attempts,
      (rules?.callback.retryMs ?? 0) / 1_000,
    ].join(', '),
  );
});

test.each([
  ['queues: {}', 'queues.yaml, line 1: queues expects at least one queue'],
  ['default: cards\nqueues: { service: {} }', 'queues.yaml, line 1: default names a queue that there is not: cards'],
  [
    'queues:\n  service: {}\n  cards:\n    overflow: { to: loans, after_s: 5 }',
    'queues.yaml, line 4: queues.cards.overflow.to names a queue that there is not: loans',
  ],
  [
    'queues:\n  service: { hours: night }',
    'queues.yaml, line 2: queues.service.hours names hours that routing.file does not have: night',
  ],
  [
    'queues:\n  service:\n    rings:\n      - { least_level: 1 }\n      - { after_s: 10, least_level: 2 }',
    'queues.yaml, line 5: queues.service.rings.1 expects no more of an agent than the ring before',
  ],
  [
    'queues: { service: {} }\nagents:\n  wei: { queues: { cards: 1 } }',
    'queues.yaml, line 3: agents.wei.queues.cards names a queue that there is not: cards',
  ],
  ['queues: { service: { capacity: none } }', 'queues.yaml, line 1: queues.service.capacity must be integer'],
  ['queues: { service: {}', 'queues.yaml, line 1'],
])('%s is refused with its line and its key', async (text, problem) => {
  expect(await problemsOf(text)).toContain(problem);
});
