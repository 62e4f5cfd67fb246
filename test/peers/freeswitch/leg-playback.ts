import { type Calling } from './channel-headers.ts';
import type { ChannelRecord } from './channel-record.ts';
import { FRAME } from './rtp-port.ts';
import type { Violations } from './violations.ts';

interface Playback {
  readonly path: string;
  readonly samples: Int16Array;
  readonly application: string;
  at: number;
}

const PLAYBACK: Calling = ['switch_ivr_play_say.c', 'switch_ivr_play_file', 1700];

/** What `playback` plays on a channel: one file at a time. */
export class LegPlayback {
  readonly #record: ChannelRecord;
  readonly #violations: Violations;
  readonly #sounds: ReadonlyMap<string, Int16Array>;
  #playback: Playback | undefined;

  constructor(record: ChannelRecord, violations: Violations, sounds: ReadonlyMap<string, Int16Array>) {
    this.#record = record;
    this.#violations = violations;
    this.#sounds = sounds;
  }

  get path(): string | undefined {
    return this.#playback?.path;
  }

  start(path: string, uuid: string, bridged: boolean): void {
    const violations = this.#violations;
    if (this.#playback !== undefined) violations.noCapture('playback while a playback is under way');
    if (bridged) violations.noCapture('playback on a bridged channel');
    const samples = this.#sounds.get(path);
    this.#record.begin('playback', path, uuid);
    if (samples === undefined) {
      if (!path.startsWith('/')) violations.noCapture(`playback ${path}`);
      this.#record.variables.set('current_application_response', 'FILE NOT FOUND');
      return this.#record.complete('playback', path, uuid, 'FILE NOT FOUND');
    }
    this.#playback = { path, samples, application: uuid, at: 0 };
    this.#record.fireFull('PLAYBACK_START', PLAYBACK, [['Playback-File-Path', path]]);
  }

  /** The next 20 ms. */
  play(into: Int16Array): void {
    const playback = this.#playback;
    if (playback === undefined) return;
    if (playback.at >= playback.samples.length) return this.#endPlayback(playback, 'done');
    into.set(playback.samples.subarray(playback.at, playback.at + FRAME));
    playback.at += FRAME;
  }

  #endPlayback(playback: Playback, status: 'done' | 'break'): void {
    if (this.#playback !== playback) return;
    this.#playback = undefined;
    const samples = Math.min(playback.at, playback.samples.length);
    this.#record.move({
      playback_last_offset_pos: String(samples),
      playback_seconds: String(Math.round(samples / 8000)),
      playback_ms: String(Math.round(samples / 8)),
      playback_samples: String(samples),
    });
    this.#record.fireFull('PLAYBACK_STOP', PLAYBACK, [
      ['Playback-File-Path', playback.path],
      ['Playback-Status', status],
    ]);
    this.#record.variables.set('current_application_response', 'FILE PLAYED');
    this.#record.complete('playback', playback.path, playback.application, 'FILE PLAYED');
  }

  /** What plays now, to be ended by `stop`: by then another may play. */
  interruption(): (() => void) | undefined {
    const playback = this.#playback;
    return playback === undefined ? undefined : () => this.#endPlayback(playback, 'break');
  }

  /** Without a word: there is no completion. */
  forget(): void {
    this.#playback = undefined;
  }
}
