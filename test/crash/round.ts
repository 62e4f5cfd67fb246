import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Scope } from '../../src/lib/scope.ts';
import { type Callee, openCallee } from '../support/callee.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { expectJournal, expectRecorded, keepAsking, sealedBelow } from './aftermath.ts';
import { type Ringing, ring, type Talker, talk } from './callers.ts';

/* One death of a server in calls: callers in every state of a call, the moment of the death, and what is owed to them after. */

/** The next start hangs up at once; the machine of the tests may be busy. */
const HANG_UP_MS = 5_000;
/** A telephone that has dialled for so short a time is in the middle of it. */
const DIALLING_MS = 120;
const PERSON_MS = 2_500;

export interface RoundOptions {
  /** From 0 up to, not with, 1. */
  readonly draw: () => number;
  readonly personPort: number;
  /** How the server dies. It is dead when this resolves, with the moment by `Date.now()`. */
  readonly die: (server: ServerProcess) => Promise<number>;
  readonly restart: () => Promise<ServerProcess>;
  readonly recordings: string;
  /** How much of a call's end may be lost. */
  readonly mostMs: number;
  /** What began this shortly before the death may not be known to the next start. */
  readonly unknownMs: number;
}

interface People {
  readonly talker: Talker;
  readonly leaver: Talker;
  readonly dialling: Ringing;
  readonly bridged: { readonly caller: Talker; readonly person: Callee } | undefined;
}

/**
 * Calls come and go, the server dies, another takes its place: nobody is left in silence and nothing that was safe is lost.
 *
 * @returns of each call, what its recording lacks at the end, ms
 */
export async function survive(
  server: ServerProcess,
  withPerson: boolean,
  options: RoundOptions,
): Promise<readonly number[]> {
  const { draw, die, restart, recordings, mostMs, unknownMs } = options;
  await using scope = new Scope();
  const bridged = withPerson ? await bridge(server, options.personPort, scope) : undefined;
  const asked = keepAsking(server);
  const talker = scope.use(await talk(server.sip));
  const leaver = scope.use(await talk(server.sip));
  const lives = 200 + draw() * 3_800;
  const leaves = draw() * lives;
  const left = sleep(leaves).then(async () => {
    leaver.quiet();
    await leaver.line.hangUp().catch(() => undefined); // its BYE may meet the death
  });
  await sleep(Math.max(0, lives - DIALLING_MS * draw()));
  const dialling = scope.use(await ring(server.sip));
  const people = { talker, leaver, dialling, bridged };
  await sleep(DIALLING_MS * draw());
  const known = [...dialling.heard];
  const diedAt = await die(server);
  for (const each of [talker, leaver, ...(bridged === undefined ? [] : [bridged.caller])]) each.quiet();
  await Promise.all([left, asked.stop()]);

  const after = await restart();
  await expectEnded(people, known, { diedAt, unknownMs });
  await expectJournal(after, asked);
  return expectAudio(people, recordings, { diedAt, mostMs });
}

async function bridge(server: ServerProcess, port: number, scope: Scope) {
  const person = scope.use(await openCallee(server.sip, port));
  const caller = scope.use(await talk(server.sip));
  await server.until('keys-only', ({ contact }) => contact === caller.contact);
  await caller.line.rtp.press('0');
  await person.answer();
  await server.until('transfer-answered', ({ contact }) => contact === caller.contact);
  await sleep(PERSON_MS);
  return { caller, person };
}

/** Who was on the line is hung up on, who was dialling gets an answer: nobody waits in silence. */
async function expectEnded(
  { talker, dialling, bridged }: People,
  known: readonly number[],
  { diedAt, unknownMs }: { readonly diedAt: number; readonly unknownMs: number },
): Promise<void> {
  const up = [talker, ...(bridged === undefined ? [] : [bridged.caller])].filter(
    ({ sent }) => (sent[0] ?? diedAt) < diedAt - unknownMs,
  );
  for (const { line } of up) await line.hungUpOn(HANG_UP_MS);
  if (bridged !== undefined) await bridged.person.hungUpOn(HANG_UP_MS);
  // one that was told nothing dials again, as RFC 3261 has it; what is not on the disk yet is nobody's
  if (known.length === 0 || unknownMs > 0) return;
  const refused = dialling.heard.find((status) => status >= 300);
  if (refused === undefined) expect(await dialling.ended(HANG_UP_MS)).toMatch(/^(?:BYE|[45]\d\d)$/);
}

async function expectAudio(
  { talker, leaver, bridged }: People,
  recordings: string,
  limits: { readonly diedAt: number; readonly mostMs: number },
): Promise<readonly number[]> {
  const sealed = await sealedBelow(recordings);
  const callers = [talker, leaver, ...(bridged === undefined ? [] : [bridged.caller])];
  const lost: number[] = [];
  for (const caller of callers) lost.push(await expectRecorded(caller, sealed, limits));
  if (bridged !== undefined) {
    const tracks = sealed.get(bridged.caller.contact)?.manifest.tracks ?? [];
    expect(tracks.map(({ track }) => track)).toEqual(expect.arrayContaining(['agent', 'bot', 'customer']));
  }
  return lost;
}
