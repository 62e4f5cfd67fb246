// A process whose disk fails: records a call of two tracks, seals and archives it. Runs the built product. For each line of JSON on
// standard input, `{folder, again}`, it says one on standard output:
//   again: false   a new call; what is durable is told meanwhile, in lines of their own
//   again: true    what the next start does with what is left, then all of it read back
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { MIGRATIONS } from '../../build/app/migrations.js';
import { openIntentRows } from '../../build/archive/index/intent-rows.js';
import { runArchive } from '../../build/app/run-archive.js';
import { fsck } from '../../build/archive/maintenance/fsck.js';
import { loadConfig } from '../../build/config/load-config.js';
import { newContactId, newLegId } from '../../build/domain/ids.js';
import { mintRecording } from '../../build/domain/recording-origin.js';
import { openJournal } from '../../build/journal/journal.js';
import { openJournalStore } from '../../build/journal/open-journal-store.js';
import { sharedNow, systemClock } from '../../build/lib/clock.js';
import { silentLogger } from '../../build/lib/logger.js';
import { Scope } from '../../build/lib/scope.js';
import { openRecorder } from '../../build/recording/open-recorder.js';
import { packChunks } from '../../build/recording/tap-batch.js';
import { openStorage } from '../../build/storage/open-storage.js';

const CHUNKS = 20;
/** Of a chunk on the tap's channel. */
const MOST_SAMPLES = 4_000;
const TRACKS = ['customer', 'bot'];
const DEADLINE_MS = 15_000;
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const codeOf = (thrown) => thrown?.code ?? thrown?.message ?? String(thrown);

/** The server's storage, journal, recorder and archive, without its line. `told`: what an operator would see. */
async function openParts(folder) {
  const told = [];
  const scope = new Scope((error) => told.push(`not closed: ${codeOf(error)}`));
  const logger = {
    ...silentLogger,
    warn: (_, message, error) => told.push(error === undefined ? message : `${message} (${codeOf(error)})`),
    error: (_, message, error) => told.push(error === undefined ? message : `${message} (${codeOf(error)})`),
    child: () => logger,
  };
  try {
    const config = await loadConfig({
      environment: {},
      overrides: {
        'recordings.directory': `${folder}/recordings`,
        'storage.file': `${folder}/calls.sqlite`,
        'archive.keep_sealed_hours': 24,
      },
    });
    const storage = scope.use(await openStorage({ file: config.storage.file, migrations: MIGRATIONS }, logger));
    const store = openJournalStore(storage, openIntentRows(storage, systemClock));
    const journal = scope.use(await openJournal(store, systemClock, logger));
    let archive;
    const recorder = scope.use(
      await openRecorder(
        {
          recordingsDirectory: config.recordings.directory,
          retention: { class: 'c', policy: 'p', policy_version: 1, years: 5 },
          reserveBytes: 0,
          commitAfterMs: 20,
          sink: { take: (sealed) => archive.pipeline.take(sealed) },
          callTimes: (contact) => journal.timesOf(contact),
        },
        systemClock,
        logger,
      ),
    );
    recorder.onTrouble((_, code) => told.push(code));
    recorder.onLost(({ ms }) => told.push(`lost ${ms} ms`));
    archive = await runArchive(config, { storage, journal, store }, scope, logger);
    return { scope, told, store, journal, recorder, archive };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

/** As the line announces it. */
const callOf = (origin, contact, leg) => ({
  origin,
  contact,
  leg,
  sipCallId: 'x',
  caller: '*1',
  called: '*2',
  direction: 'inbound',
  exempt: false,
});

async function record(folder) {
  const { scope, told, journal, recorder, archive } = await openParts(folder);
  say({ ready: true });
  const contact = newContactId(Date.now());
  const origin = mintRecording(Date.now(), sharedNow());
  const { recording } = origin;
  const acknowledged = { recording, contact, events: 0, chunks: 0 };
  const note = async (fact) => {
    const { seq } = journal.append(contact, fact);
    await journal.durable();
    if (journal.healthy) acknowledged.events = seq;
    say({ acknowledged });
  };
  try {
    const leg = newLegId(Date.now());
    const call = callOf(origin, contact, leg);
    const offer = { type: 'call-offered', leg, direction: 'inbound', from: '*1', to: '*2', sip_call_id: 'x' };
    await archive.completing.announcing.announce(offer, call);
    if (journal.healthy) acknowledged.events = 1;
    say({ acknowledged });
    let live;
    try {
      live = await recorder.open({
        ...origin,
        contact,
        from: '*1',
        to: '*2',
        direction: 'inbound',
        sipCallId: 'x',
        codec: 'PCMU',
      });
    } catch (thrown) {
      await note({ type: 'call-rejected', status: 503, reason: 'RECORDINGS_UNWRITABLE' });
      await note({ type: 'call-ended', because: 'rejected', duration_ms: 1 });
      return { contact, refused: codeOf(thrown), told };
    }
    await note({
      type: 'recording-started',
      recording,
      policy: 'p',
      policy_version: 1,
      retention_class: 'c',
      retain_until: live.retention.retain_until,
    });
    await note({
      type: 'call-answered',
      leg,
      codec: 'PCMU',
      telephone_event: true,
      setup_ms: 1,
    });
    const line = recorder.openChannel();
    // without a hole in real time, however slow the machine is: chunk n is the code n from where the one before ended until now
    for (let n = 0, at = 0; n < CHUNKS; n++) {
      await sleep(25);
      const from = at;
      const now = Math.floor((sharedNow() - origin.shared) * 8);
      while (at < now) {
        const length = Math.min(MOST_SAMPLES, now - at);
        const payload = () => new Uint8Array(length).fill(n);
        const chunks = TRACKS.map((track) => ({ recording, track, codec: 'PCMU', at, payload: payload(), gaps: [] }));
        line.postMessage({ type: 'chunks', packed: packChunks(chunks) });
        at += length;
      }
      say({ sent: { at: from, length: at - from } });
      if (n % 5 !== 4) continue;
      // what the figure says is durable must outlive a kill
      await sleep(120);
      if (recorder.backlog().oldestUnsyncedMs === 0) acknowledged.chunks = n + 1;
      say({ acknowledged });
    }
    for (const track of TRACKS) line.postMessage({ type: 'track-closed', recording, track });
    let sealed;
    try {
      sealed = await live.seal();
      await note({
        type: 'recording-sealed',
        recording,
        path: sealed.path,
        sha256: sealed.sha256,
        duration_ms: sealed.duration,
        gaps: sealed.gaps,
        recovered: false,
      });
    } catch (thrown) {
      await note({ type: 'recording-failed', recording, error: codeOf(thrown) });
    }
    await note({ type: 'call-ended', because: 'caller-hung-up', duration_ms: 1_000 });
    line.close();
    await Promise.race([archive.pipeline.idle(), sleep(DEADLINE_MS)]);
    return { contact, recording, sealed, failing: archive.pipeline.counts().failing, told };
  } finally {
    await scope.close();
  }
}

async function recover(folder) {
  const { scope, told, store, journal, recorder, archive } = await openParts(folder);
  try {
    const recovered = await recorder.recover();
    await journal.closeOrphans();
    await archive.pipeline.catchUp();
    await Promise.race([archive.pipeline.idle(), sleep(DEADLINE_MS)]);
    const rows = await archive.index.list({ limit: 10 });
    const found = [];
    // nothing protects objects further here: their locks are the pipeline's
    const checked = { ...archive, protectionOf: async () => undefined, wall: Date.now };
    for await (const finding of fsck(checked)) found.push(...finding.problems);
    const [call] = await store.calls({ limit: 10 });
    const events = call === undefined ? [] : await store.events(call.contact);
    return {
      recovered: recovered.length,
      problems: recovered.flatMap(({ problems }) => problems),
      archived: rows.map(({ id, state }) => ({ id, state })),
      fsck: found,
      events: events.map(({ seq, type }) => ({ seq, type })),
      told,
    };
  } finally {
    await scope.close();
  }
}

process.on('unhandledRejection', (thrown) => say({ defect: String(thrown?.stack ?? thrown) }));
for await (const line of createInterface(process.stdin)) {
  const { folder, again } = JSON.parse(line);
  try {
    say({ done: again ? await recover(folder) : await record(folder) });
  } catch (thrown) {
    say({ failed: codeOf(thrown), stack: thrown?.stack });
  }
}
