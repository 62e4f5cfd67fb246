import type { RecordingId } from '../domain/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { LostAudio } from './recorder.ts';
import type { RecorderNotice } from './recorder-protocol.ts';

/** What the recorder's worker says by itself: logged, and passed on to the listeners. */
export class RecorderNotices {
  readonly #logger: Logger;
  readonly trouble: ((recording: RecordingId, code: string) => void)[] = [];
  readonly unsynced: ((recording: RecordingId, unsynced: boolean) => void)[] = [];
  readonly lost: ((lost: LostAudio) => void)[] = [];
  /** What the disk answers with; undefined: it is well. */
  disk: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  readonly take = (notice: RecorderNotice): void => {
    switch (notice.type) {
      case 'trouble':
        return this.tellTrouble(notice.recording, notice.code);
      case 'spilled':
        return this.#logger.error(
          { recording: notice.recording },
          'a recording continues in recordings.spill: its own disk fails',
        );
      case 'unsynced':
        if (notice.unsynced)
          this.#logger.error(
            { recording: notice.recording },
            'the audio of a recording has not reached a disk for too long',
          );
        for (const listener of this.unsynced) listener(notice.recording, notice.unsynced);
        return;
      case 'lost':
        this.#logger.error(
          { recording: notice.recording, contact: notice.contact, ms: notice.ms },
          'the end of a recording is lost: no disk accepted it',
        );
        for (const listener of this.lost) listener(notice);
        return;
      case 'disk':
        this.disk = notice.trouble;
        if (notice.trouble === undefined) this.#logger.info({}, 'the disk of the recordings works again');
        else this.#logger.error({ code: notice.trouble }, 'the disk of the recordings does not accept data');
    }
  };

  tellTrouble(recording: RecordingId, code: string): void {
    this.#logger.error({ recording, code }, 'the disk of a live recording fails');
    for (const listener of this.trouble) listener(recording, code);
  }
}
