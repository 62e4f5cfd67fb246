import cookie from '@fastify/cookie';
import type { FastifyPluginAsync } from 'fastify';
import type { Supervision } from '../../agents/supervision.ts';
import type { ArchiveServices } from '../../archive/archive-services.ts';
import { IvrError } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Networks } from '../../lib/networks.ts';
import type { Staff } from '../../staff/open-staff.ts';
import type { Action } from '../../staff/staff-service.ts';
import type { Limiter } from '../admit-request.ts';
import type { BrowserTelephones } from '../browser/telephones.ts';
import { impossibleWith, partsOf } from '../routes/archive/available-parts.ts';
import { completenessRoutes } from '../routes/archive/completeness-routes.ts';
import { exportRoutes } from '../routes/archive/export-routes.ts';
import { holdRoutes } from '../routes/archive/hold-routes.ts';
import { playbackRoutes } from '../routes/archive/playback-routes.ts';
import { recordingRoutes } from '../routes/archive/recording-routes.ts';
import { requestRoutes } from '../routes/archive/request-routes.ts';
import { retentionRoutes } from '../routes/archive/retention-routes.ts';
import { searchRoutes } from '../routes/archive/search-routes.ts';
import { type DeskServices, deskRoutes } from '../routes/desk/desk-routes.ts';
import { floorRoutes } from '../routes/desk/floor-routes.ts';
import { staffReportRoutes } from '../routes/desk/report-routes.ts';
import type { QueueReports } from '../sources.ts';
import { accountRoutes } from '../routes/staff/account-routes.ts';
import { auditRoutes } from '../routes/staff/audit-routes.ts';
import { emergencyRoutes } from '../routes/staff/emergency-routes.ts';
import { type SessionFacts, signInRoutes } from '../routes/staff/sign-in-routes.ts';
import { telephoneRoutes } from '../routes/staff/telephone-routes.ts';
import { admitStaff } from './admit-staff.ts';
import { consolePages } from './console-pages.ts';
import type { ConsolePart } from './console-part.ts';

export interface ConsoleOptions {
  readonly staff: Staff;
  /** Absent: the console has no archive pages. */
  readonly archive: ArchiveServices | undefined;
  /** Absent: nobody has a telephone in the browser. */
  readonly telephones?: Pick<BrowserTelephones, 'issue'>;
  /** Absent, both: there are no queues. */
  readonly desk?: DeskServices;
  readonly supervision?: Supervision;
  readonly reports?: QueueReports;
  /** The built pages. */
  readonly folder: string;
}

const WITHOUT_DESK: readonly Action[] = ['desk.use'];
const MONITORING: readonly Action[] = ['floor.monitor'];
const WITHOUT_SUPERVISION: readonly Action[] = ['floor.watch', 'floor.direct', 'floor.monitor', 'report.read'];

function factsOf({ archive, telephones, desk, supervision }: ConsoleOptions): SessionFacts {
  const parts: readonly ConsolePart[] = [
    ...partsOf(archive),
    ...(desk === undefined ? [] : (['desk'] as const)),
    ...(supervision === undefined ? [] : (['supervision'] as const)),
    ...(telephones === undefined ? [] : (['telephones'] as const)),
  ];
  const impossible = new Set<Action>([
    ...(archive === undefined ? [] : impossibleWith(archive)),
    ...(desk === undefined ? WITHOUT_DESK : []),
    ...(supervision === undefined ? WITHOUT_SUPERVISION : []),
    ...(supervision?.canMonitor === false ? MONITORING : []),
  ]);
  return { archive: archive !== undefined, parts, impossible };
}

const ARCHIVE_ROUTES = [
  searchRoutes,
  recordingRoutes,
  requestRoutes,
  holdRoutes,
  exportRoutes,
  retentionRoutes,
  completenessRoutes,
];

/** The staff console: its pages, and what they ask. The API's token opens none of it. */
export function consoleRoutes(
  options: ConsoleOptions,
  { proxies, limiter }: { readonly proxies: Networks; readonly limiter: Limiter },
  logger: Logger,
): FastifyPluginAsync {
  const { staff, archive, telephones, desk, supervision, reports, folder } = options;
  return async (app) => {
    const admit = admitStaff(staff.signIn, proxies, limiter);
    await app.register(cookie);
    await app.register(async (pages) => {
      pages.addHook('onRequest', admit.page);
      // the desk's telephone
      await pages.register(consolePages(folder, telephones === undefined ? 'none' : 'own'));
    });
    await app.register(async (api) => {
      api.decorateRequest('holder', undefined);
      api.addHook('onRequest', admit.api);
      await api.register(signInRoutes(staff.signIn, factsOf(options)));
      if (telephones !== undefined) await api.register(telephoneRoutes(telephones));
      if (desk !== undefined) await api.register(deskRoutes(desk, staff, limiter));
      if (supervision !== undefined) await api.register(floorRoutes({ staff, supervision }, limiter));
      if (reports !== undefined) await api.register(staffReportRoutes({ staff, reports }));
      await api.register(accountRoutes(staff));
      await api.register(emergencyRoutes(staff, logger));
      await api.register(auditRoutes(staff));
      if (archive !== undefined) {
        const parts = { staff, archive };
        for (const routes of ARCHIVE_ROUTES) await api.register(routes(parts));
        await api.register(playbackRoutes(parts, logger));
      }
      // within the hooks, so that guesses cost their budget too
      const nothing = (): never => {
        throw new IvrError('NOT_FOUND', 'there is nothing here');
      };
      api.all('/api/staff/*', { schema: { hide: true } }, nothing);
      api.all('/api/archive/*', { schema: { hide: true } }, nothing);
    });
  };
}
