import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { shareAt } from '../src/audio/goertzel.ts';
import { tone } from '../src/audio/tone.ts';
import { formatWav } from '../src/audio/wav.ts';
import { Scope } from '../src/lib/scope.ts';
import { openBrowserWithMicrophone, watchedPage } from '../test/support/browser.ts';
import { call } from '../test/support/caller.ts';
import { type ServerProcess, startServer } from '../test/support/server-process.ts';
import { addStaff, signIn } from '../test/support/staff-of-server.ts';
import { noteTimes, type PageTimes } from './desk/page-clock.ts';
import { quantile } from './line/quantile.ts';

/*
 * An agent in a headless Chromium takes customers, one after the other: `npm run bench -- desk --runs 100`. From the row of the offer in the
 * queues to the offer on the page; from F8 to the first sound of the other in both directions, at the customer's RTP and out of the browser's
 * connection. The page's clock, the server's and the customer's are the machine's.
 */

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100' }, json: { type: 'boolean', default: false } },
});
const AGENT_HZ = 1_000;
const CUSTOMER_HZ = 700;
const OFFER_MS = 60_000;
/** A busy machine may be late. */
const LIMIT_MS = 120_000;
const FRAME = 160;
/** A customer says one tone for as long as they are there. */
const LONGEST_S = 120;

await using scope = new Scope((error) => console.error(error));
const folder = await mkdtemp(join(tmpdir(), 'tellerline-desk-'));
scope.defer(() => rm(folder, { recursive: true, force: true }));
const wav = join(folder, 'microphone.wav');
await writeFile(wav, formatWav(48_000, [tone([AGENT_HZ], 48_000 * 4, { rate: 48_000, amplitude: 9_000 })]));
const queues = join(folder, 'queues.yaml');
await writeFile(
  queues,
  `default: service
queues: { service: { wait_unstaffed: true, wrap_up_s: 0, offer_s: ${OFFER_MS / 1_000} } }
agents: { chen: { queues: { service: 1 }, languages: [en] } }
`,
);
const server = scope.use(await startServer({ folder, set: { 'queues.file': queues } }));
await addStaff(folder, 'chen', 'agent');
const { cookie } = await signIn(server.http, 'chen');
const browser = await openBrowserWithMicrophone(wav);
scope.defer(() => browser.close());
const { page } = await watchedPage(browser, server.http, { cookie });
page.setDefaultTimeout(LIMIT_MS);
await page.addInitScript({ content: noteTimes(OFFER_MS) });
await page.goto(`${server.http}/console/desk`);
await page.getByRole('button', { name: 'Sign in to the queues' }).click();
await page.getByText('line open').waitFor();

const pops: number[] = [];
const joins: number[] = [];
const runs = Number(values.runs);
for (let run = 0; run < runs; run++) {
  const { popMs, joinMs } = await serve(server, page);
  pops.push(popMs);
  joins.push(joinMs);
  if (run % 10 === 9) console.error(`desk: ${run + 1} of ${runs}`);
}
const result = { runs, offerToPopMs: spread(pops), acceptToTwoWayMs: spread(joins) };
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));

function spread(all: readonly number[]) {
  return { p50: quantile(all, 0.5), p95: quantile(all, 0.95), most: Math.max(...all) };
}

/** A customer asks for somebody, is accepted and heard, and hangs up. */
async function serve(of: ServerProcess, desk: Page): Promise<{ readonly popMs: number; readonly joinMs: number }> {
  await using customer = await call(of.sip);
  const own = ({ contact }: { readonly contact: string }): boolean =>
    of.events.some(
      (event) => event.type === 'call-offered' && event.sip_call_id === customer.callId && event.contact === contact,
    );
  await of.until('notice-given', own, LIMIT_MS);
  await customer.rtp.press('0');
  customer.rtp.quiet();
  let over = false;
  const speaking = customer.rtp
    .speak(tone([CUSTOMER_HZ], LONGEST_S * 8_000), {
      shape() {
        if (over) throw new Error('hung up');
        return undefined;
      },
    })
    .catch(() => undefined);
  await desk.locator('button[aria-keyshortcuts=F8]:enabled').waitFor();
  const before = customer.rtp.received.length;
  await desk.keyboard.press('F8');
  let heardAt = 0;
  await customer.rtp.until(
    (packets) => {
      const found = packets.slice(before).some(({ payload }) => {
        const samples = customer.rtp.decode(payload);
        return samples.length === FRAME && shareAt(samples, AGENT_HZ) > 0.8;
      });
      if (found) heardAt = Date.now();
      return found;
    },
    'the agent',
    LIMIT_MS,
  );
  const times = await timesOf(desk);
  over = true;
  await speaking;
  await customer.hangUp();
  await desk.getByText('Nobody is waiting for you').waitFor();
  const { offered, popped, accepted, heard } = times;
  return { popMs: popped - offered, joinMs: Math.max(heardAt, heard) - accepted };
}

type Known = { readonly [name in keyof PageTimes]: number };

/** When the browser has heard the customer. */
async function timesOf(desk: Page): Promise<Known> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const times = await desk.evaluate<PageTimes>('window.deskTimes');
    if (Object.values(times).every((at) => at !== null)) return times as Known;
    if (performance.now() > deadline) throw new Error(`the browser heard nothing: ${JSON.stringify(times)}`);
    await sleep(20);
  }
}
