import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/lib/clock.ts';
import { latenessPercentile } from '../../src/media/engine/lateness-histogram.ts';
import { PlayoutClock } from '../../src/media/engine/playout-clock.ts';
import { type Exchange, openExchange, type PlacedCall } from './exchange.ts';
import type { Heard, Interruption, OrderName, Orders, Setups, Turn } from './orders.ts';
import { pace } from './pace-calls.ts';
import { quantile } from './quantile.ts';
import { SetupTally } from './setup-tally.ts';
import { Telephone } from './telephone.ts';

/* The generator: all telephones of a bench, in a process (and, where there are two, on a core) of its own. */

/** The bot has finished when it was silent for so long. */
const QUIET_MS = 900;
/** Longest stretch without sound inside running speech is shorter than this. */
const STOPPED_MS = 250;
const ANSWER_DEADLINE_MS = 8_000;
const BOT_DEADLINE_MS = 20_000;
/** A caller who talks whenever it likes thinks for nought to nine times as long before it answers. */
const THINK_MS = 250;
/** Of the first option of the dialplan. */
const KEY = '1';
const MOST_DIALS = 20;
const REDIAL_MS = 500;
/** An interruption comes so long after the bot began to speak, at least and at most: the notice, which is heard whole, is over. */
const INTERRUPT_FROM_MS = 2_500;
const INTERRUPT_WITHIN_MS = 4_000;

interface Line {
  readonly call: PlacedCall;
  readonly telephone: Telephone;
  readonly leave: () => void;
}

const clock = new PlayoutClock(systemClock, () => undefined);
const lines: Line[] = [];
let exchange: Exchange | undefined;
let target = { protocol: 'UDP' as const, host: '127.0.0.1', port: 0 };
let loop: Uint8Array = new Uint8Array(0);

const unix = (monotonic: number): number => performance.timeOrigin + monotonic;

async function opened(): Promise<Exchange> {
  return (exchange ??= await openExchange(target));
}

async function dial(calls: number, callsPerSecond: number): Promise<Setups> {
  const tally = new SetupTally(await opened());
  await pace(calls, callsPerSecond, async () => {
    const telephone = await Telephone.open(loop, lines.length);
    const call = await tally.place(telephone.port);
    if (call === undefined) return telephone.close();
    await telephone.connect(call.rtpPort);
    lines.push({ call, telephone, leave: clock.join(telephone) });
  });
  return tally.result;
}

async function hangUp(): Promise<{ readonly failed: number }> {
  const ending = lines.splice(0);
  const ended = await Promise.all(
    ending.map(async ({ call, telephone, leave }) => {
      leave();
      telephone.close();
      return call.bye();
    }),
  );
  return { failed: ended.filter((well) => !well).length };
}

async function setUp(calls: number, callsPerSecond: number): Promise<Setups> {
  const tally = new SetupTally(await opened());
  const sink = await Telephone.open(new Uint8Array(0), 0);
  await pace(calls, callsPerSecond, async () => {
    const call = await tally.place(sink.port);
    if (call !== undefined && !(await call.bye())) tally.failedByes++;
  });
  sink.close();
  return tally.result;
}

async function measure(forMs: number): Promise<Heard> {
  clock.lateness.take();
  for (const { telephone } of lines) telephone.startCounting();
  await sleep(forMs);
  const own = clock.lateness.take();
  const heard = lines.map(({ telephone }) => telephone.stopCounting());
  const late = Float64Array.from(heard.flatMap(({ lateness }) => lateness)).sort();
  return {
    calls: lines.length,
    over: lines.filter(({ call }) => call.over).length,
    packets: late.length,
    lost: heard.reduce((sum, { lost }) => sum + lost, 0),
    lateP50: quantile(late, 0.5),
    lateP99: quantile(late, 0.99),
    lateMax: quantile(late, 1),
    ownLateP99: latenessPercentile([own], 0.99),
  };
}

/** Resolves when the telephone has heard something and then nothing for `QUIET_MS`; false when the deadline passes. */
async function botFinished({ telephone, call }: Line, since: number): Promise<boolean> {
  const deadline = performance.now() + BOT_DEADLINE_MS;
  while (performance.now() < deadline && !call.over) {
    if (telephone.soundedAt > since && performance.now() - telephone.soundedAt > QUIET_MS) return true;
    await sleep(10);
  }
  return false;
}

/** The time of the first sound from now on; undefined when the deadline passes. */
function nextSound({ telephone }: Line, withinMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(undefined), withinMs);
    const end = (at: number | undefined): void => {
      clearTimeout(timer);
      stop();
      resolve(at);
    };
    const stop = telephone.onSound(end);
  });
}

/** Hands out a stick that one holds at a time; without `alone` everybody has one. */
function talkingStick(alone: boolean): <T>(talk: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  if (!alone) return (talk) => talk();
  return (talk) => {
    const turn = last.then(talk);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** Dials again while the server refuses, as it does when its main thread lags. */
async function insist(rtpPort: number): Promise<PlacedCall | undefined> {
  for (let n = 0; n < MOST_DIALS; n++) {
    const call = await (await opened()).place(rtpPort);
    if (!('status' in call)) return call;
    await sleep(REDIAL_MS);
  }
  return undefined;
}

/** Dials a call that is listened to. */
async function ring(number: number): Promise<Line | undefined> {
  const telephone = await Telephone.open(new Uint8Array(0), 0);
  telephone.onSound(() => undefined);
  const call = await insist(telephone.port);
  if (call === undefined) {
    telephone.close();
    return undefined;
  }
  await telephone.connect(call.rtpPort);
  const line = { call, telephone, leave: clock.join(telephone) };
  lines.push(line);
  await sleep(number * 137);
  return line;
}

async function converse(order: Orders['converse']['order']): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  const until = performance.now() + order.forMs;
  const stick = talkingStick(order.alone);
  const talk = async (number: number): Promise<void> => {
    const line = await ring(number);
    if (line === undefined) return;
    const { telephone, call } = line;
    // the form at the beginning: the account, by keys
    let since = performance.now();
    if (!(await botFinished(line, since))) return;
    since = performance.now();
    telephone.press(String(10_000_000 + number * 1_111_111));
    for (let n = 0; n < order.turns && performance.now() < until; n++) {
      if (!(await botFinished(line, since))) return;
      if (!order.alone) await sleep(((number * 7 + n * 3) % 10) * THINK_MS); // people do not talk in step
      await stick(async () => {
        const said = (number + n) % order.utterances.length;
        const utterance = order.utterances[said];
        if (utterance === undefined) return;
        const before = telephone.soundedAt;
        const { endAt } = await telephone.say(utterance);
        since = endAt;
        const at = telephone.soundedAt > before ? undefined : await nextSound(line, ANSWER_DEADLINE_MS);
        const firstAudioMs = at === undefined ? undefined : at - endAt;
        if (at === undefined) {
          since = performance.now();
          telephone.press(KEY); // told to use the keys, while recognition was overloaded
        }
        turns.push({ callId: call.callId, said, endedAt: unix(endAt), firstAudioMs });
      });
    }
  };
  await Promise.all(Array.from({ length: order.calls }, (_, number) => talk(number)));
  await hangUp();
  return turns;
}

async function interrupt(order: Orders['interrupt']['order']): Promise<readonly Interruption[]> {
  const interruptions: Interruption[] = [];
  const until = performance.now() + order.forMs;
  const stick = talkingStick(order.alone);
  const talk = async (number: number): Promise<void> => {
    const line = await ring(number);
    if (line === undefined) return;
    const { call } = line;
    for (let n = 0; n < order.turns && performance.now() < until && !call.over; n++) {
      if (!(await botRuns(line))) return;
      await stick(async () => {
        const one = await cutIn(line, order.utterance);
        if (one !== undefined) interruptions.push(one);
      });
    }
  };
  await Promise.all(Array.from({ length: order.calls }, (_, number) => talk(number)));
  await hangUp();
  return interruptions;
}

/** Resolves when the bot has been speaking without a pause for a while. */
async function botRuns({ telephone, call }: Line): Promise<boolean> {
  const wanted = INTERRUPT_FROM_MS + Math.random() * (INTERRUPT_WITHIN_MS - INTERRUPT_FROM_MS);
  const deadline = performance.now() + BOT_DEADLINE_MS;
  let began = performance.now();
  while (performance.now() < deadline && !call.over) {
    const now = performance.now();
    if (now - telephone.soundedAt > STOPPED_MS) began = now;
    if (now - began > wanted) return true;
    await sleep(5);
  }
  return false;
}

async function cutIn(
  { telephone, call }: Line,
  utterance: Orders['interrupt']['order']['utterance'],
): Promise<Interruption | undefined> {
  if (performance.now() - telephone.soundedAt > STOPPED_MS) return undefined; // it paused while we waited for our turn
  const sounds: number[] = [];
  const stop = telephone.onSound((at) => sounds.push(at));
  const { onsetAt, endAt } = await telephone.say(utterance);
  await sleep(STOPPED_MS);
  stop();
  let last = onsetAt;
  for (const at of [...sounds.filter((sound) => sound >= onsetAt), endAt + STOPPED_MS]) {
    if (at - last > STOPPED_MS) return { callId: call.callId, onsetAt: unix(onsetAt), silentAfterMs: last - onsetAt };
    last = at;
  }
  return { callId: call.callId, onsetAt: unix(onsetAt), silentAfterMs: undefined };
}

type Handlers = { readonly [N in OrderName]: (order: Orders[N]['order']) => Promise<Orders[N]['answer']> };
const handlers: Handlers = {
  async open(order) {
    loop = order.loop;
    target = { protocol: 'UDP', host: order.target.host, port: order.target.port };
    await exchange?.[Symbol.asyncDispose]();
    exchange = undefined;
    return {};
  },
  dial: ({ calls, callsPerSecond }) => dial(calls, callsPerSecond),
  measure: ({ forMs }) => measure(forMs),
  'hang-up': () => hangUp(),
  'set-up': ({ calls, callsPerSecond }) => setUp(calls, callsPerSecond),
  converse,
  interrupt,
};

process.on('message', ({ name, order }: { readonly name: OrderName; readonly order: never }) => {
  handlers[name](order).then(
    (answer) => process.send?.({ answer }),
    (thrown: unknown) =>
      process.send?.({ failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ answer: {} });
