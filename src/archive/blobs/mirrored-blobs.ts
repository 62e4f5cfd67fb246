import { IvrError } from '../../domain/error.ts';
import type { BlobRef, Blobs } from './blobs.ts';
import { expectRemovable, locked, missing } from './content.ts';

/**
 * Two stores with the same objects. What is written is in both before it resolves; what is read comes from the first, and from the second when the first does
 * not have it or is away. A reference bears the version of the store that it was given by; the other store's object is its newest of that key.
 *
 * @param wall - Unix time, ms
 */
export function mirroredBlobs(first: Blobs, second: Blobs, wall: () => number): Blobs {
  const copies = [first, second];
  const inOther = async (key: string, store: Blobs): Promise<BlobRef> => {
    const ref = await store.find(key);
    if (ref === undefined) throw missing(key);
    return ref;
  };
  /** From the first store, or from the second for a reason that it can help with; when it cannot, what the first said. */
  const either = async <T>(ref: BlobRef, work: (store: Blobs, ref: BlobRef) => Promise<T>): Promise<T> => {
    try {
      return await work(first, ref);
    } catch (thrown) {
      if (!canHelp(thrown)) throw thrown;
      try {
        return await work(second, await inOther(ref.key, second));
      } catch {
        throw thrown;
      }
    }
  };
  const both = async (ref: BlobRef, work: (store: Blobs, ref: BlobRef) => Promise<void>): Promise<void> => {
    await work(first, ref);
    await work(second, await inOther(ref.key, second));
  };

  return {
    kind: first.kind,
    location: `${first.location} and ${second.location}`,
    copies,
    async put(key, content, lock) {
      const stored = await first.put(key, content, lock);
      const copy = await second.put(key, content, lock);
      if (copy.sha256 !== stored.sha256)
        throw new IvrError('BLOB_CONFLICT', `${key} differs in ${second.location}`, { key });
      return stored;
    },
    async rewrite(key, content, lock) {
      const stored = await first.rewrite(key, content, lock);
      await second.rewrite(key, content, lock);
      return stored;
    },
    read: (ref, from, to) => either(ref, (store, own) => store.read(own, from, to)),
    async find(key) {
      try {
        return (await first.find(key)) ?? (await second.find(key));
      } catch (thrown) {
        if (!canHelp(thrown)) throw thrown;
        const ref = await second.find(key).catch(() => undefined);
        if (ref === undefined) throw thrown; // the first may have it
        return ref;
      }
    },
    state: (ref) => either(ref, (store, own) => store.state(own)),
    list: (prefix) => merged(first.list(prefix), second.list(prefix)),
    lock: (ref, lock) => both(ref, (store, own) => store.lock(own, lock)),
    setLegalHold: (ref, on) => both(ref, (store, own) => store.setLegalHold(own, on)),
    async remove(key, permit) {
      expectRemovable(key, permit);
      // neither loses it while the other keeps it
      for (const store of copies) {
        const ref = await store.find(key);
        const state = ref === undefined ? undefined : await store.state(ref);
        if (state?.legalHold === true) throw locked(key, `is under a legal hold in ${store.location}`);
        if (state?.lock !== undefined && state.lock.until > wall())
          throw locked(key, `is locked until ${new Date(state.lock.until).toISOString()} in ${store.location}`);
      }
      for (const store of copies) await store.remove(key, permit);
    },
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  };
}

const canHelp = (thrown: unknown): boolean =>
  thrown instanceof IvrError && (thrown.code === 'BLOB_MISSING' || thrown.code === 'BLOBS_UNREACHABLE');

type Listed = BlobRef & { readonly bytes: number };

/** Both are in the order of their keys: each key as the first has it, and those that it lacks. */
async function* merged(
  first: AsyncIterable<Listed>,
  second: AsyncIterable<Listed>,
): AsyncGenerator<Listed, void, void> {
  const others = second[Symbol.asyncIterator]();
  let other = await others.next();
  let last: string | undefined;
  for await (const ref of first) {
    while (other.done !== true && other.value.key <= ref.key) {
      if (other.value.key < ref.key && other.value.key !== last) yield other.value;
      other = await others.next();
    }
    last = ref.key;
    yield ref;
  }
  while (other.done !== true) {
    if (other.value.key !== last) yield other.value;
    other = await others.next();
  }
}
