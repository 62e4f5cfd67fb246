import { eventually, type ServerProcess } from './server-process.ts';

/** What a server without calls has none of. */
export const GAUGES = [
  'calls',
  'media_endpoints',
  'recordings_open',
  'recordings_sealing',
  'archive_waiting',
  'sip_dialogs',
] as const;

export type Levels = Readonly<Record<string, number>>;

async function levelsOf(server: ServerProcess, names: readonly string[] = GAUGES): Promise<Levels> {
  const { text } = await server.get('/metrics');
  return Object.fromEntries(
    names.map((name) => [name, Number(new RegExp(`^tellerline_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)]),
  );
}

export const isNone = (levels: Levels): boolean => Object.values(levels).every((level) => level === 0);

/** The levels once all of them are 0, or at the deadline. */
export const untilNone = (server: ServerProcess, names?: readonly string[], deadlineMs?: number): Promise<Levels> =>
  eventually(() => levelsOf(server, names), isNone, deadlineMs);
