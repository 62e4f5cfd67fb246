import { expectPermit } from '../../domain/destruction-permit.ts';
import { IvrError } from '../../domain/error.ts';
import type { RecordingId } from '../../domain/ids.ts';
import { removeSealedFolder } from '../../recording/sealed-folder.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { baseOf } from '../pipeline/locations.ts';
import type { Destroyer } from '../retention/reaper.ts';

export interface DestroyerParts {
  readonly keys: KeyStore;
  readonly blobs: Blobs;
  /** Folders on this machine in which a recording may lie in the clear: its sealed folder, unfinished work. */
  readonly folders: (recording: IndexedRecording) => readonly string[];
}

/** Destroys in the key store first: from then on every copy, wherever it lies, is noise; then what lies here and in the store. */
export function openDestroyer({ keys, blobs, folders }: DestroyerParts): Destroyer {
  /** Audio, pack and tracks begin alike. */
  const keysOf = async ({ id, location }: IndexedRecording): Promise<readonly string[]> => {
    const found = new Set<string>();
    for await (const { key } of blobs.list(baseOf(id, location))) found.add(key);
    return [...found];
  };
  return {
    async shred({ id }, permit) {
      expectPermit(permit, id);
      // a node that never had the secret would zero nothing, and say that it is destroyed
      if (!(await keys.has(id)) && !(await keys.isDestroyed(id))) throw elsewhere(id);
      await keys.destroySecret(permit);
    },
    async deleteVersions(recording, permit) {
      expectPermit(permit, recording.id);
      for (const folder of folders(recording)) await removeSealedFolder(folder);
      for (const key of await keysOf(recording)) await blobs.remove(key, permit);
    },
    isGone: async (recording) => (await keys.isDestroyed(recording.id)) && (await keysOf(recording)).length === 0,
  };
}

const elsewhere = (id: RecordingId): IvrError =>
  new IvrError(
    'KEYS_UNREADABLE',
    `the keys here never had the secret of recording ${id}: it is destroyed by the node that has it, or after its file is restored`,
    { recording: id },
  );
