import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { openDemoBank } from '../bank/demo-bank.ts';
import { type CallRegistry, openCallRegistry } from '../calls/call-registry.ts';
import type { CallServices } from '../calls/call-services.ts';
import { speechText } from '../calls/conversation/prompt-player.ts';
import type { Config } from '../config/schema.ts';
import { loadDialplan } from '../dialogue/load-dialplan.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { Milliseconds } from '../domain/units.ts';
import { openHttp } from '../http/open-http.ts';
import { bearerToken } from '../http/token.ts';
import { openJournal } from '../journal/journal.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { countEvents } from '../metrics/count-events.ts';
import { openGauges } from '../metrics/gauges.ts';
import { openRecorder } from '../recording/open-recorder.ts';
import { openSpeechService } from '../speech/client/open-speech-service.ts';
import { HOLD_MUSIC_CLIP } from '../speech/clips/well-known-clips.ts';
import { openStorage } from '../storage/open-storage.ts';
import { VERSION } from '../version.ts';
import { openFrontEnd } from './open-front-end.ts';

export interface App extends AsyncDisposable {
  readonly sip: { readonly host: string; readonly port: number };
  /** The web server's address. */
  readonly http: string;
  readonly token: string;
  /** Name and version of what answers. */
  readonly dialplan: string;
  readonly recovered: number;
  readonly liveCalls: number;
  /** Resolves when a part has died without which there is no line: drain, and start again. */
  readonly failed: Promise<Error>;
  /** Every call event as it happens. */
  subscribe(listener: (event: CallEvent) => void): () => void;
  /** No more calls; those under way say goodbye and are sealed, within `limit`. */
  drain(limit: Milliseconds): Promise<void>;
}

/**
 * The composition root of the server: the only place that knows which adapter stands behind which port. Opens everything
 * in the order of its dependence, the line last; closing the app closes it all in reverse.
 */
export async function openApp(config: Config, logger: Logger): Promise<App> {
  const scope = new Scope((error) => logger.error({}, 'a part of the server did not close', error));
  try {
    return await compose(config, logger, scope);
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

async function compose(config: Config, logger: Logger, scope: Scope): Promise<App> {
  const storage = scope.use(await openStorage({ file: config.storage.file }, logger));
  const journal = scope.use(await openJournal(storage, systemClock, logger));
  const recorder = scope.use(
    await openRecorder(
      {
        recordingsDir: config.recordings.directory,
        node: hostname(),
        software: `tellerline ${VERSION}`,
        retention: {
          class: config.recordings.retention_class,
          policy: config.recordings.retention_policy,
          policy_version: config.recordings.retention_policy_version,
          years: config.recordings.retention_years,
        },
        callTimes: (contact) => journal.timesOf(contact),
      },
      systemClock,
      logger,
    ),
  );
  const recovered = await recoverCrashed();

  const bank = openDemoBank(systemClock);
  const dialogue = await loadDialplan(config.dialplan.file, {
    grammarsDir: config.dialplan.grammars,
    services: bank.services,
  });
  const speech = scope.use(
    await openSpeechService(
      {
        cacheDir: config.speech.cache,
        synthesizer: config.speech.synthesizer,
        voice: config.speech.voice,
        language: dialogue.language,
        recognizer: config.speech.recognizer,
        recognizers: config.speech.recognizers,
        queueLimit: config.speech.queue_limit,
      },
      logger,
    ),
  );
  await speech.prepare(dialogue.staticPrompts.map(speechText));

  const front = scope.use(await openFrontEnd(config, logger));
  const { media, signalling } = front;
  const connectSpeech = (): void => media.connect({ to: 'speech', open: () => speech.openChannel() });
  connectSpeech();
  speech.onChannelNeeded(connectSpeech);
  const connectRecorder = (): void => media.connect({ to: 'recorder', open: () => recorder.openChannel() });
  connectRecorder();
  recorder.onChannelNeeded(connectRecorder);

  const services: CallServices = {
    settings: {
      person: config.person.uri === '' ? undefined : config.person.uri,
      personMethod: config.person.method,
      maximumCalls: config.limits.calls,
      withoutRecording: config.recordings.on_failure,
      speculateAfterMs: config.speech.speculate_after_ms,
      recognitionDeadlineMs: config.speech.deadline_ms,
    },
    dialogue,
    media,
    signalling,
    speech,
    recorder,
    bank,
    holdMusic: HOLD_MUSIC_CLIP,
    note: (contact, fact) => void journal.append(contact, fact),
    clock: systemClock,
    logger,
  };
  const registry = new Registry();
  scope.defer(journal.subscribe(countEvents(registry)));
  const gauges = scope.use(openGauges(registry, GAUGES, readGauges));
  const calls: CallRegistry = openCallRegistry(services);
  let draining = false;
  const admission = setInterval(() => {
    const overloaded = gauges.lagMs > config.limits.event_loop_lag_ms;
    front.setAdmission(!draining && !overloaded, RETRY_AFTER_SECONDS);
  }, 500);
  scope.defer(() => clearInterval(admission));

  const token = await bearerToken(config.http.token_file);
  const http = scope.use(
    await openHttp(
      { host: config.http.host, port: config.http.port, token, version: VERSION },
      {
        health,
        readiness: async () => {
          const { ok, checks } = await health();
          const line = draining
            ? 'draining'
            : !front.ready()
              ? 'no server to take calls on'
              : calls.live >= config.limits.calls
                ? 'full'
                : gauges.lagMs > config.limits.event_loop_lag_ms
                  ? 'overloaded'
                  : 'ok';
          return { ok: ok && line === 'ok', checks: { ...checks, line } };
        },
        metrics: async () => {
          await gauges.refresh();
          return { contentType: registry.contentType, text: await registry.metrics() };
        },
        calls: journal.calls,
        mediaServers: { list: () => front.servers(), drain: (host, draining) => front.drain(host, draining) },
        subscribe: (listener) => journal.subscribe(listener),
      },
      logger,
    ),
  );

  return {
    get sip() {
      return front.sip;
    },
    http: http.address,
    token,
    dialplan: `${dialogue.name} version ${dialogue.version}`,
    recovered,
    get liveCalls() {
      return calls.live;
    },
    failed: front.failed,
    subscribe: (listener) => journal.subscribe(listener),
    async drain(limit) {
      draining = true;
      front.setAdmission(false, RETRY_AFTER_SECONDS);
      await calls.drain(limit);
      await journal.flush();
    },
    [Symbol.asyncDispose]: () => scope.close(),
  };

  /** What a crash left: recordings are sealed, contacts closed, before the line opens. */
  async function recoverCrashed(): Promise<number> {
    const sealed = await recorder.recover();
    for (const one of sealed) {
      journal.append(one.contact, {
        type: 'recording-sealed',
        recording: one.recording,
        path: one.path,
        sha256: one.sha256,
        duration_ms: Math.round(one.duration),
        gaps: one.gaps,
        recovered: true,
      });
      journal.append(one.contact, {
        type: 'recording-verified',
        recording: one.recording,
        ok: one.problems.length === 0,
        problems: one.problems,
      });
    }
    await journal.closeOrphans();
    return sealed.length;
  }

  async function health() {
    return {
      ok: journal.healthy,
      checks: {
        journal: journal.healthy ? 'ok' : 'the database does not take events; see the log',
        ...(await front.checks()),
      },
    };
  }

  async function readGauges() {
    const frontNow = await front.gauges();
    const mediaNow = frontNow.media;
    const speechNow = speech.load();
    const backlog = recorder.backlog();
    return {
      calls: calls.live,
      media_endpoints: mediaNow.endpoints,
      media_ports_free: mediaNow.portsFree,
      rtp_packets_sent: mediaNow.packetsSent,
      rtp_packets_dropped: mediaNow.packetsDropped,
      playout_lateness_p99_seconds: mediaNow.latenessP99Ms / 1000,
      recognition_queue: speechNow.queued,
      recognition_expected_wait_seconds: speechNow.expectedWait / 1000,
      recordings_open: backlog.open,
      recordings_sealing: backlog.sealing,
      recording_unsynced_seconds: backlog.unsyncedMs / 1000,
      sip_dialogs: frontNow.dialogs,
      sip_transactions: frontNow.transactions,
      sip_messages_malformed: frontNow.malformed,
      sip_retransmissions: frontNow.retransmissions,
      sip_servers_up: frontNow.sipServersUp,
      sip_calls_orphaned: frontNow.callsOrphaned,
      media_servers_up: frontNow.mediaServersUp,
      media_forks_reattached: frontNow.forksReattached,
      media_channels_orphaned: frontNow.channelsOrphaned,
    };
  }
}

const RETRY_AFTER_SECONDS = 5;

const GAUGES = {
  calls: 'Calls under way',
  media_endpoints: 'Legs with media',
  media_ports_free: 'RTP ports that are free',
  rtp_packets_sent: 'RTP packets sent since the start',
  rtp_packets_dropped: 'Packets refused or unreadable since the start',
  playout_lateness_p99_seconds: 'p99 lateness of the playout tick since the last reading',
  recognition_queue: 'Utterances waiting for a recognizer',
  recognition_expected_wait_seconds: 'How long the next would wait',
  recordings_open: 'Recordings being written',
  recordings_sealing: 'Recordings being sealed',
  recording_unsynced_seconds: 'Age of the oldest audio that is not on disk',
  sip_dialogs: 'SIP dialogs, those being set up included',
  sip_transactions: 'SIP transactions, those that only wait for retransmissions included',
  sip_messages_malformed: 'SIP messages refused or dropped since the start',
  sip_retransmissions: 'SIP retransmissions since the start',
  sip_servers_up: 'SIP servers that calls can come from now',
  sip_calls_orphaned: 'Calls found at a drachtio-server that nobody had any more, since the start',
  media_servers_up: 'Media servers that legs can be made on now',
  media_forks_reattached: 'Audio forks of FreeSWITCH that broke in mid-call and were connected again',
  media_channels_orphaned: 'Channels found at FreeSWITCH that nobody had any more, since the start',
} as const;
