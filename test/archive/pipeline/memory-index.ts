import { IvrError } from '../../../src/domain/error.ts';
import type { ArchiveIndex, IndexedRecording, RecordingContent } from '../../../src/archive/index/archive-index.ts';
import { mayFollow } from '../../../src/archive/index/recording-state.ts';
import { UNKNOWN_BEFORE_THE_CALL } from '../../../src/archive/index/unknown-facts.ts';
import { ARCHIVE_STATES, type ArchiveState } from '../../../src/domain/archive-state.ts';
import { wallMs } from '../../../src/domain/units.ts';

export interface MemoryIndex extends ArchiveIndex {
  /** The states that each recording went through. */
  readonly history: ReadonlyMap<string, readonly ArchiveState[]>;
}

/** The index in memory: what the pipeline makes of it is looked at, not the database. */
export function memoryIndex(wall: () => number = () => 0): MemoryIndex {
  const rows = new Map<string, IndexedRecording>();
  const contents = new Map<string, RecordingContent>();
  const history = new Map<string, ArchiveState[]>();
  const expectRow = (id: string): IndexedRecording => {
    const row = rows.get(id);
    if (row === undefined) throw new IvrError('RECORDING_NOT_FOUND', id, {});
    return row;
  };
  const set = (row: IndexedRecording): void => {
    rows.set(row.id, row);
    const states = history.get(row.id) ?? [];
    if (states.at(-1) !== row.state) states.push(row.state);
    history.set(row.id, states);
  };
  const empty: RecordingContent = { events: [], spans: [], segments: [] };
  return {
    history,
    async expect(intent) {
      if (rows.has(intent.id)) return;
      set({ ...UNKNOWN_BEFORE_THE_CALL, ...intent, state: 'EXPECTED', stateSince: wallMs(0) });
    },
    async begin(ids) {
      for (const id of ids) {
        const row = rows.get(id);
        if (row?.state === 'EXPECTED' || row?.state === 'MISSING') set({ ...row, state: 'OPEN' });
      }
    },
    async advance(id, to, facts = {}) {
      const row = expectRow(id);
      if (row.state !== to && !mayFollow(row.state, to)) throw new IvrError('INTERNAL', `${row.state} → ${to}`, {});
      set({ ...row, ...(row.state === to ? {} : { stateSince: wallMs(wall()) }), ...facts, state: to });
    },
    async describe(id, description, content = {}) {
      set({ ...expectRow(id), ...description });
      contents.set(id, { ...empty, ...contents.get(id), ...content });
    },
    async setContent(id, content) {
      contents.set(id, { ...empty, ...contents.get(id), ...content });
    },
    async put(recording, content) {
      set(recording);
      contents.set(recording.id, content);
    },
    find: async (id) => rows.get(id),
    content: async (id) => contents.get(id) ?? empty,
    list: async ({ limit }) => [...rows.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit),
    counts: async () =>
      Object.fromEntries(
        ARCHIVE_STATES.map((state) => [state, [...rows.values()].filter((row) => row.state === state).length]),
      ) as Record<ArchiveState, number>,
  };
}
