// Counts what callers' letters, names and dates are heard as, and fits the calibration of the identity check: prints src/language/en/item-channels.ts
// to standard output and the calibration to standard error. Deterministic (seed 13).
//   node scripts/fit-identity.mjs DIALOGUES.tsv RECORDS.csv > src/language/en/item-channels.ts
import { assumedProbability, assumedRows } from '../build/language/channel-table.js';
import { ASSUMED_ENGLISH, ENGLISH_COSTS } from '../build/language/en/assumed-channels.js';
import { ENGLISH_ITEMS } from '../build/language/en/item-language.js';
import { channelOf } from '../build/identity/evidence/channel.js';
import { evidenceOf } from '../build/identity/evidence/item-evidence.js';
import { readingsOf } from '../build/identity/evidence/readings.js';
import { readDialogues, readRecords } from '../build/lab/evaluation/identity-tables.js';
import { readFileSync } from 'node:fs';

const [dialoguesFile, recordsFile] = process.argv.slice(2);
const records = readRecords(recordsFile, readFileSync(recordsFile, 'utf8'));
const byId = new Map(records.map((record) => [record.customer, record]));
const dialogues = readDialogues(dialoguesFile, readFileSync(dialoguesFile, 'utf8')).filter(({ scenario }) =>
  byId.has(scenario),
);
/** Half of the speakers, for measuring on the other half. */
const half = process.env.FIT_HALF;
const speakers = [...new Set(dialogues.map(({ speaker }) => speaker))].sort();
const used = dialogues.filter(({ speaker }) => half === undefined || speakers.indexOf(speaker) % 2 === Number(half));

const PRIOR = { spelling: 30, letters: 40, sounds: 40, date: 30 };
const ROUNDS = 3;
let seed = 13;
const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;

const plain = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
const wordings = (record) => {
  const { dayMonth, year } = ENGLISH_ITEMS.dateWordings(record.dateOfBirth);
  return dayMonth.flatMap((first) => year.map((second) => first + second));
};
const name = (record) => `${record.givenName} ${record.familyName}`;
/** What was said and heard, by channel. */
function pairs() {
  const found = { spelling: [], letters: [], sounds: [], date: [] };
  for (const { scenario, turns } of used) {
    const record = byId.get(scenario);
    for (const { item, attempt, hypotheses } of turns) {
      const heard = readingsOf(item, hypotheses, 'en');
      if (item === 'postcode') found.spelling.push([[plain(record.postcode)], heard.spelling]);
      else if (item === 'date-of-birth') found.date.push([wordings(record), heard.date]);
      else if (attempt === 2) found.spelling.push([[plain(name(record))], heard.spelling]);
      else {
        found.letters.push([[ENGLISH_ITEMS.nameLetters(name(record))], heard.letters]);
        found.sounds.push([[ENGLISH_ITEMS.nameSounds(name(record))], heard.sounds]);
      }
    }
  }
  return found;
}

/** The best alignment: its score, and the symbols said and heard side by side. */
function align(said, heard, { taken, insertion, deletion, cutOff }) {
  const width = heard.length + 1;
  const best = new Float32Array((said.length + 1) * width);
  for (let k = 1; k < width; k++) best[k] = k * insertion;
  const step = (i, k) => [
    best[(i - 1) * width + k - 1] + taken[said.charCodeAt(i - 1) * 128 + heard.charCodeAt(k - 1)],
    best[(i - 1) * width + k] + (k === heard.length ? cutOff : deletion),
    best[i * width + k - 1] + insertion,
  ];
  for (let i = 1; i <= said.length; i++) {
    best[i * width] = i * cutOff;
    for (let k = 1; k < width; k++) best[i * width + k] = Math.max(...step(i, k));
  }
  const side = [];
  for (let i = said.length, k = heard.length; i > 0 && k > 0; ) {
    const [kept, gone, more] = step(i, k);
    if (kept >= gone && kept >= more) side.push([said[--i], heard[--k]]);
    else if (gone >= more) i -= 1;
    else k -= 1;
  }
  return { score: best.at(-1), side };
}

function counted(assumed, costs, examples, strength) {
  let rows = assumedRows(assumed);
  for (let round = 0; round < ROUNDS; round++) {
    const channel = channelOf({ rows, ...costs });
    const counts = new Map();
    const add = (key, by = 1) => counts.set(key, (counts.get(key) ?? 0) + by);
    for (const [forms, readings] of examples) {
      const [best] = forms
        .flatMap((form) => readings.map((reading) => align(form, reading, channel)))
        .sort((a, b) => b.score - a.score);
      // what fits so badly is not what was said
      if (best === undefined || best.score < 3) continue;
      for (const [said, heard] of best.side)
        for (const key of [`${said}${heard}`, `said ${said}`, `heard ${heard}`, 'all']) add(key);
    }
    const symbols = Array.from(assumed.symbols);
    rows = symbols
      .map((said) => {
        const entries = symbols.map((heard) => {
          const p =
            ((counts.get(`${said}${heard}`) ?? 0) + strength * assumedProbability(assumed, said, heard)) /
            ((counts.get(`said ${said}`) ?? 0) + strength);
          const background =
            ((counts.get(`heard ${heard}`) ?? 0) + 5) / ((counts.get('all') ?? 0) + 5 * symbols.length);
          const score = Math.log(p / background);
          return score > costs.otherwise + 0.7 ? ` ${heard}=${score.toFixed(1)}` : '';
        });
        return `${said}${entries.join('')}`;
      })
      .join('\n');
  }
  return rows;
}

const examples = pairs();
const tables = Object.fromEntries(
  Object.entries(ASSUMED_ENGLISH).map(([channel, assumed]) => [
    channel,
    { rows: counted(assumed, ENGLISH_COSTS[channel], examples[channel], PRIOR[channel]), ...ENGLISH_COSTS[channel] },
  ]),
);
console.log(`import { ENGLISH_COSTS } from './assumed-channels.ts';

/* Counted by scripts/fit-identity.mjs; not written by hand. */
${Object.entries(tables)
  .map(([channel, { rows }]) => `\nconst ${channel.toUpperCase()} = \`\n${rows}\n\`;`)
  .join('\n')}

export const ENGLISH_CHANNELS = {
  spelling: { rows: SPELLING, ...ENGLISH_COSTS.spelling },
  letters: { rows: LETTERS, ...ENGLISH_COSTS.letters },
  sounds: { rows: SOUNDS, ...ENGLISH_COSTS.sounds },
  date: { rows: DATE, ...ENGLISH_COSTS.date },
} as const;`);

// the calibration: one logistic regression an item, with the channels above
Object.assign(ENGLISH_ITEMS.channels, tables);
const STRANGERS = 20;
for (const item of ['postcode', 'name', 'date-of-birth']) {
  const samples = [];
  for (const { scenario, turns } of used) {
    const hearings = turns
      .filter((turn) => turn.item === item && turn.hypotheses.length > 0)
      .map(({ hypotheses }) => hypotheses);
    if (hearings.length === 0) continue;
    const fits = evidenceOf(item, hearings, 'en');
    const add = (record, is, weight) => {
      const raw = fits(record);
      if (raw !== undefined) samples.push([Math.max(-10, raw), is, weight]);
    };
    add(byId.get(scenario), 1, 1);
    for (let k = 0; k < STRANGERS; k++) {
      const record = records[Math.floor(random() * records.length)];
      if (record.customer !== scenario) add(record, 0, 1 / STRANGERS);
    }
  }
  const { offset, slope } = logistic(samples);
  console.error(`${item}: offset ${offset.toFixed(2)}, slope ${slope.toFixed(3)}, ${samples.length} samples`);
}

/** Newton's method in two dimensions. */
function logistic(samples) {
  let [offset, slope] = [0, 0];
  for (let round = 0; round < 30; round++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-3, 0, 1e-3];
    for (const [raw, is, weight] of samples) {
      const p = 1 / (1 + Math.exp(-(offset + slope * raw)));
      const error = weight * (is - p);
      const v = weight * p * (1 - p);
      g0 += error;
      g1 += error * raw;
      h00 += v;
      h01 += v * raw;
      h11 += v * raw * raw;
    }
    const determinant = h00 * h11 - h01 * h01;
    offset += (h11 * g0 - h01 * g1) / determinant;
    slope += (h00 * g1 - h01 * g0) / determinant;
  }
  return { offset, slope };
}
