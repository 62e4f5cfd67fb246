import type { Certifier } from '../../src/archive/signing/certifier.ts';
import type { Destroyer } from '../../src/archive/retention/reaper.ts';
import { type ErrorCode, IvrError } from '../../src/domain/error.ts';
import type { RecordingId } from '../../src/domain/ids.ts';

/** A store in memory that tells what was destroyed in it, and fails when told to. */
export function memoryDestroyer(): Destroyer &
  Certifier & {
    readonly shredded: RecordingId[];
    readonly certificates: string[];
    fail: 'shred' | 'delete' | 'stay' | 'certify' | undefined;
    /** Each with something of its own that cannot be removed. */
    readonly stuck: Map<RecordingId, ErrorCode>;
    onShred: (() => void) | undefined;
  } {
  const gone = new Set<string>();
  const store = {
    shredded: [] as RecordingId[],
    certificates: [] as string[],
    fail: undefined as 'shred' | 'delete' | 'stay' | 'certify' | undefined,
    stuck: new Map<RecordingId, ErrorCode>(),
    onShred: undefined as (() => void) | undefined,
    async shred({ id }: { readonly id: RecordingId }) {
      if (store.fail === 'shred') throw new Error('the keys cannot be written');
      store.shredded.push(id);
      store.onShred?.();
    },
    async deleteVersions({ id }: { readonly id: RecordingId }) {
      const code = store.fail === 'delete' ? 'BLOBS_UNREACHABLE' : store.stuck.get(id);
      if (code !== undefined) throw new IvrError(code, 'it cannot be removed');
      if (store.fail !== 'stay') gone.add(id);
    },
    isGone: ({ id }: { readonly id: RecordingId }) => Promise.resolve(gone.has(id)),
    async certify(text: string) {
      if (store.fail === 'certify') throw new Error('the log cannot be written');
      store.certificates.push(text);
      return { signatures: [{ key: 'k', value: 'v' }], leafIndex: store.certificates.length };
    },
  };
  return store;
}
