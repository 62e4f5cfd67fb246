import { describe, expect, test } from 'vitest';
import { codecOf } from '../../src/audio/codecs.ts';
import { FrameDecoder } from '../../src/audio/frame-codec.ts';
import { lawOf } from '../../src/audio/g711-law.ts';
import { powerAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import { type Situation, whoHears } from '../../src/calls/conference/who-hears.ts';
import { ConferenceMember } from '../../src/media/embedded/conference-member.ts';
import { newHeardPacket } from '../../src/media/engine/heard-packet.ts';
import type { Audience } from '../../src/media/engine/leg-tap.ts';
import { originAgo } from '../support/recording-origin.ts';
import { type Line, Studio } from './studio.ts';

/* A tone for each voice: who hears whom is read from the sound that each member is given. */

const TONES = { customer: 500, agent: 900, consulted: 1_300, supervisor: 1_700 } as const;
type Who = keyof typeof TONES;
const ALL = Object.keys(TONES) as Who[];
const FRAMES = 60;
/** Jitter buffers have filled by then. */
const FIRST = 10;
const AMPLITUDE = 6_000;

interface Voice {
  readonly member: ConferenceMember;
  /** Undefined: it was not told. */
  readonly audience: () => Audience | undefined;
  readonly say: (n: number, more?: { readonly held?: boolean }) => void;
  readonly heard: Int16Array[];
  secret: boolean;
}

function voiceOf(who: Who, amplitude = AMPLITUDE): Voice {
  let audience: Audience | undefined;
  const sound = tone([TONES[who]], FRAMES * 160, { amplitude });
  const { fromLinear } = lawOf('PCMU');
  const decoder = new FrameDecoder(codecOf('PCMU'));
  const voice: Voice = {
    member: new ConferenceMember({
      isCustomer: who === 'customer',
      hides: () => voice.secret,
      onAudience: (now) => (audience = now),
    }),
    audience: () => audience,
    say(n, { held = false } = {}) {
      const from = (n % FRAMES) * 160;
      const payload = Uint8Array.from(sound.subarray(from, from + 160), (each) => fromLinear[each & 0xffff] ?? 0);
      const packet = { ...newHeardPacket(), ...decoder.decode(payload), sequence: n, timestamp: n * 160, ssrc: 1 };
      voice.member.put(packet, held);
    },
    heard: [],
    secret: false,
  };
  return voice;
}

type Cast = Record<Who, Voice>;
const cast = (amplitude?: number): Cast => ({
  customer: voiceOf('customer', amplitude),
  agent: voiceOf('agent', amplitude),
  consulted: voiceOf('consulted', amplitude),
  supervisor: voiceOf('supervisor', amplitude),
});

function arrange(voices: Cast, of: Situation<Who>): void {
  const rows = whoHears(of);
  for (const who of ALL) voices[who].member.hear([...(rows.get(who) ?? [])].map((other) => voices[other].member));
}

function listen({ member, heard }: Voice): void {
  const frame = new Int16Array(160);
  if (!member.mixInto(frame)) frame.fill(0);
  heard.push(frame);
}

function talk(voices: Cast, frames: number, from = 0): void {
  for (let n = from; n < from + frames; n++) {
    for (const who of ALL) voices[who].say(n);
    for (const who of ALL) listen(voices[who]);
  }
}

const flat = (frames: readonly Int16Array[]): Int16Array => Int16Array.from(frames.flatMap((frame) => [...frame]));
/** Whose tones sound, steadily, from that frame on. */
function heardBy({ heard }: Voice, from = FIRST): readonly Who[] {
  return ALL.filter((who) => {
    const windows = heard.slice(from).map((frame) => powerAt(frame, TONES[who]));
    const sounding = windows.filter((power) => power > 500_000).length;
    expect(sounding === 0 || sounding === windows.length, `${who} is heard throughout, or not at all`).toBe(true);
    return sounding > 0;
  });
}

const base: Situation<Who> = {
  customer: 'customer',
  agent: 'agent',
  consulted: undefined,
  customerIn: true,
  supervisors: [],
};
const by = (mode: 'listen' | 'whisper' | 'barge'): Partial<Situation<Who>> => ({
  supervisors: [{ member: 'supervisor', of: 'agent', mode }],
});

const MODES: Readonly<Record<string, Partial<Situation<Who>>>> = {
  talking: {},
  'on hold': { customerIn: false },
  consulting: { consulted: 'consulted', customerIn: false },
  'all three': { consulted: 'consulted' },
  listen: by('listen'),
  whisper: by('whisper'),
  barge: by('barge'),
  'barge into all three': { consulted: 'consulted', ...by('barge') },
};

describe.each(Object.entries(MODES))('%s', (_mode, more) => {
  test('every member hears those of the table, and nobody else', () => {
    const voices = cast();
    const situation = { ...base, ...more };
    arrange(voices, situation);
    talk(voices, FRAMES);
    const rows = whoHears(situation);
    for (const who of ALL) expect(heardBy(voices[who])).toEqual(ALL.filter((other) => rows.get(who)?.has(other)));
    const audience = (who: Who): Audience => {
      const listeners = ALL.filter((other) => rows.get(other)?.has(who));
      return listeners.includes('customer') ? 'customer' : listeners.length > 0 ? 'others' : 'nobody';
    };
    for (const who of ALL) expect(voices[who].audience()).toBe(audience(who));
  });
});

test('from mode to mode: whom one goes on hearing is heard without a break', () => {
  const voices = cast();
  let at = 0;
  for (const more of Object.values({ talking: {}, listen: by('listen'), whisper: by('whisper'), barge: by('barge') })) {
    arrange(voices, { ...base, ...more });
    talk(voices, FRAMES, at);
    at += FRAMES;
  }
  for (const [listener, other] of [
    ['customer', 'agent'],
    ['agent', 'customer'],
  ] as const)
    for (const frame of voices[listener].heard.slice(FIRST))
      expect(powerAt(frame, TONES[other])).toBeGreaterThan(500_000);
});

test('the sum of loud voices saturates', () => {
  const voices = cast(30_000);
  arrange(voices, { ...base, consulted: 'consulted', ...by('barge') });
  talk(voices, FRAMES);
  const heard = flat(voices.customer.heard.slice(FIRST));
  expect(Math.max(...heard)).toBe(32_767);
  expect(Math.min(...heard)).toBe(-32_768);
});

test('one who sends nothing for a while disturbs nobody; packets out of order and lost are put right', () => {
  const voices = cast();
  arrange(voices, { ...base, consulted: 'consulted' });
  for (let n = 0; n < FRAMES; n++) {
    if (n < 20) voices.consulted.say(n);
    voices.agent.say(n % 10 === 3 ? n + 1 : n % 10 === 4 ? n - 1 : n);
    if (n !== 30) voices.customer.say(n);
    for (const who of ALL) listen(voices[who]);
  }
  const late = 35;
  expect(heardBy(voices.customer, late)).toEqual(['agent']);
  expect(heardBy(voices.consulted)).toEqual(['customer', 'agent']);
  expect(heardBy({ ...voices.customer, heard: voices.customer.heard.slice(FIRST, 20) }, 0)).toEqual([
    'agent',
    'consulted',
  ]);
});

test('the music of a member who holds is for whom they hold, not for a conference', () => {
  const voices = cast();
  arrange(voices, base);
  for (let n = 0; n < FRAMES; n++) {
    voices.agent.say(n, { held: true });
    listen(voices.customer);
  }
  expect(heardBy(voices.customer)).toEqual(['agent']);
  const others = cast();
  arrange(others, { ...base, consulted: 'consulted' });
  for (let n = 0; n < FRAMES; n++) {
    others.agent.say(n, { held: true });
    others.consulted.say(n);
    listen(others.customer);
  }
  expect(heardBy(others.customer)).toEqual(['consulted']);
});

test('nothing of a secret entry is heard by anybody, nor what waited when it began', () => {
  const voices = cast();
  arrange(voices, { ...base, consulted: 'consulted', ...by('listen') });
  talk(voices, 20);
  voices.customer.secret = true;
  const at = voices.agent.heard.length;
  talk(voices, 20, 20);
  for (const who of ['agent', 'consulted', 'supervisor'] as const)
    for (const frame of voices[who].heard.slice(at)) expect(powerAt(frame, TONES.customer)).toBeLessThan(100_000);
  voices.customer.secret = false;
  talk(voices, 20, 40);
  expect(heardBy({ ...voices.agent, heard: voices.agent.heard.slice(-10) }, 0)).toContain('customer');
});

test('who leaves is heard by nobody, and a pair is no conference any more', () => {
  const voices = cast();
  arrange(voices, { ...base, consulted: 'consulted', ...by('barge') });
  voices.agent.member.leave();
  talk(voices, FRAMES);
  expect(heardBy(voices.customer)).toEqual(['consulted', 'supervisor']);
  expect(heardBy(voices.agent)).toEqual([]);
  voices.customer.member.pair(voices.consulted.member);
  for (const who of ALL) voices[who].heard.length = 0;
  talk(voices, FRAMES, FRAMES);
  expect(ALL.map((who) => heardBy(voices[who]))).toEqual([['consulted'], [], ['customer'], []]);
});

/* The same with real legs in a media worker, and their recording. */

/** Samples of the 20 ms windows in which it sounds. */
function holding(samples: Int16Array, hz: number): number {
  let count = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160)
    if (powerAt(samples.subarray(at, at + 160), hz) > 100_000) count += 160;
  return count;
}

async function openCall(studio: Studio): Promise<Record<Who, Line>> {
  const origin = originAgo();
  const customer = await studio.line({ track: 'customer', origin });
  const near = { origin, near: customer };
  return {
    customer,
    agent: await studio.line({ track: 'agent', codec: 'PCMA', ...near }),
    consulted: await studio.line({ track: 'consulted', ...near }),
    supervisor: await studio.line({ track: 'supervisor', ...near }),
  };
}

test('legs of one worker by tables; what the customer does not hear is on tracks of its own', async () => {
  await using studio = await Studio.open();
  expect(studio.server.mixes).toBe(true);
  const lines = await openCall(studio);
  const apply = (of: Situation<Who>): void => {
    const rows = whoHears(of);
    for (const who of ALL) lines[who].endpoint.hear([...(rows.get(who) ?? [])].map((each) => lines[each].endpoint));
  };
  const phases: readonly Situation<Who>[] = [
    base,
    { ...base, customerIn: false, consulted: 'consulted' },
    { ...base, consulted: 'consulted', ...by('whisper') },
    { ...base, ...by('barge') },
  ];
  /** All speak for a second at once. @returns whether all are heard by whom the table says: a busy machine may be late with packets */
  async function speak(rows: ReturnType<typeof whoHears<Who>>): Promise<boolean> {
    const before = Object.fromEntries(ALL.map((who) => [who, lines[who].peer.received.length])) as Record<Who, number>;
    await Promise.all(ALL.map((who) => lines[who].peer.speak(tone([TONES[who]], 8_000, { amplitude: AMPLITUDE }))));
    await studio.settled();
    let heard = true;
    for (const who of ALL) {
      const { peer } = lines[who];
      for (const other of ALL)
        if (rows.get(who)?.has(other) !== true) expect(holding(peer.heard(before[who] + 8), TONES[other])).toBe(0);
        else
          await peer
            .until(() => holding(peer.heard(before[who]), TONES[other]) > 4_000, `${other} at the ${who}'s`, 3_000)
            .catch(() => (heard = false));
    }
    return heard;
  }
  /** How often all spoke in each phase. */
  const spoken: number[] = [];
  for (const phase of phases) {
    apply(phase);
    let times = 1;
    while (!(await speak(whoHears(phase)))) expect((times += 1)).toBeLessThan(10);
    spoken.push(times);
  }
  const { recorder } = studio;
  for (const who of ALL) await studio.hangUp(lines[who], 2);
  const ms = (track: string, who: Who): number => holding(recorder.track(track).samples, TONES[who]) / 8;
  /** What was said in these phases. Windows that a tone begins or ends in count. */
  const near = (...inPhases: readonly number[]): unknown => {
    const times = inPhases.reduce((sum, phase) => sum + (spoken[phase] ?? 0), 0);
    const [expected, within] = [1_000 * times, 100 + 50 * (times - inPhases.length)];
    return expect.toSatisfy((found: number) => Math.abs(found - expected) <= within, `${expected} ms`);
  };
  expect(ms('customer', 'customer')).toEqual(near(0, 1, 2, 3));
  expect([ms('agent', 'agent'), ms('agent-private', 'agent')]).toEqual([near(0, 2, 3), near(1)]);
  expect([ms('consulted', 'consulted'), ms('consulted-private', 'consulted')]).toEqual([near(2), near(1)]);
  expect([ms('supervisor', 'supervisor'), ms('supervisor-private', 'supervisor')]).toEqual([near(3), near(2)]);
  // nothing was lost at a change
  for (const track of ['agent', 'agent-private', 'consulted', 'consulted-private'])
    for (const { because, samples } of recorder.track(track).gaps)
      expect(because !== 'loss' || samples <= 160, `${track}: ${because} ${samples}`).toBe(true);
}, 60_000);
