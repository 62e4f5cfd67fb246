import { eventually, type ServerProcess } from './server-process.ts';

/** When that many recordings are sealed and none waits for the archive any more: what a command then reads is worth its start. */
export async function archived(server: ServerProcess, recordings: number): Promise<void> {
  const sealed = (): number => server.events.filter(({ type }) => type === 'recording-sealed').length;
  await eventually(
    async () => sealed() >= recordings && (await server.metric('archive_waiting')) === 0,
    Boolean,
    120_000,
  );
}
