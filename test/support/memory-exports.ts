import type { ArchiveServices } from '../../src/archive/archive-services.ts';
import type { ExportJob } from '../../src/archive/exports.ts';
import { wallMs } from '../../src/domain/units.ts';
import { FIRST_STARTED } from './memory-recordings.ts';

export function memoryExports(): NonNullable<ArchiveServices['exports']> {
  const jobs = new Map<string, ExportJob>();
  return {
    list: async () => [...jobs.values()].toReversed(),
    async start({ recording, masked, requester, approver, purpose, ticket }) {
      const job: ExportJob = {
        id: `e${jobs.size + 1}`,
        recording,
        orderedAt: wallMs(FIRST_STARTED),
        keptUntil: wallMs(FIRST_STARTED + 86_400_000),
        masked,
        requester,
        approver,
        purpose,
        ticket,
        state: 'running',
        progress: 0.1,
        bytes: null,
        sha256: null,
        error: null,
      };
      jobs.set(job.id, job);
      return job;
    },
    async find(id) {
      const job = jobs.get(id);
      if (job === undefined || job.state === 'done') return job;
      const progress = Math.min(1, job.progress + 0.45);
      const next: ExportJob =
        progress < 1 ? { ...job, progress } : { ...job, progress: 1, state: 'done', bytes: 4, sha256: 'ef'.repeat(32) };
      jobs.set(id, next);
      return next;
    },
    async *read() {
      yield Buffer.from('PK\u0003\u0004', 'latin1');
    },
  };
}
