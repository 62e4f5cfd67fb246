import { join } from 'node:path';
import { freePort } from '../../support/sipp.ts';
import { DIALPLANS, type Settings } from '../../support/server-process.ts';
import { openTestApp, type TestApp } from '../../support/test-app.ts';

/* The front ends that the acceptance tests run on. */

export interface FrontEnd extends AsyncDisposable {
  readonly bank: TestApp;
  /** Where callers send their SIP, and where that to the person comes from. */
  readonly sip: { readonly host: string; readonly port: number };
  /** The person's SIP port. */
  readonly personPort: number;
  /** What the peers saw that the real servers would not have taken. */
  violations(): readonly string[];
}

export interface FrontEndKind {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  open(): Promise<FrontEnd>;
}

async function openLine(
  set: Settings,
  violations: () => readonly string[],
  close: () => Promise<void>,
): Promise<FrontEnd> {
  const personPort = await freePort();
  const bank = await openTestApp({
    ears: true,
    set: {
      'dialplan.file': join(DIALPLANS, 'front-end.yaml'),
      'dialplan.grammars': DIALPLANS,
      'person.uri': `sip:person@127.0.0.1:${personPort}`,
      ...set,
    },
  });
  return {
    bank,
    sip: bank.app.sip,
    personPort,
    violations,
    async [Symbol.asyncDispose]() {
      await bank[Symbol.asyncDispose]();
      await close();
    },
  };
}

export const FRONT_ENDS: readonly FrontEndKind[] = [
  {
    name: 'embedded',
    missing: undefined,
    open: () =>
      openLine(
        {},
        () => [],
        () => Promise.resolve(),
      ),
  },
];
