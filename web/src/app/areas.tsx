import {
  AlertOutlined,
  AuditOutlined,
  BarChartOutlined,
  CheckSquareOutlined,
  CustomerServiceOutlined,
  DashboardOutlined,
  DeleteOutlined,
  ExportOutlined,
  FileDoneOutlined,
  FileSearchOutlined,
  LockOutlined,
  TeamOutlined,
} from '@ant-design/icons';
import { type ComponentType, type LazyExoticComponent, lazy, type ReactNode } from 'react';
import type { ConsolePart } from '../../../src/http/console/console-part.ts';
import type { Action } from '../../../src/staff/staff-service.ts';
import type { Text } from '../text/en.ts';
import type { Session } from './session.tsx';

/*
 * The console's areas, in the order of the navigation. The designer, knowledge and operations are groups of their own, each
 * with pages that are loaded when they are opened.
 */

export interface Page {
  readonly path: string;
  readonly title: Exclude<keyof Text['nav'], Area['name']>;
  readonly icon: ReactNode;
  /** Whoever may do one of these sees it. */
  readonly needs: readonly Action[];
  /** Absent where the server does not have it. */
  readonly part?: ConsolePart;
  readonly of: LazyExoticComponent<ComponentType>;
}
export interface Area {
  readonly name: 'work' | 'archive' | 'oversight' | 'administration';
  readonly pages: readonly Page[];
}

export const RecordingPage = lazy(() =>
  import('../archive/recording-page.tsx').then((m) => ({ default: m.RecordingPage })),
);

export const AREAS: readonly Area[] = [
  {
    name: 'work',
    pages: [
      {
        path: 'desk',
        title: 'desk',
        part: 'desk',
        icon: <CustomerServiceOutlined aria-hidden />,
        needs: ['desk.use'],
        of: lazy(() => import('../desk/desk-page.tsx').then((m) => ({ default: m.DeskPage }))),
      },
      {
        path: 'floor',
        title: 'floor',
        part: 'supervision',
        icon: <DashboardOutlined aria-hidden />,
        needs: ['floor.watch'],
        of: lazy(() => import('../floor/floor-page.tsx').then((m) => ({ default: m.FloorPage }))),
      },
      {
        path: 'reports',
        title: 'reports',
        part: 'supervision',
        icon: <BarChartOutlined aria-hidden />,
        needs: ['report.read'],
        of: lazy(() => import('../reports/reports-page.tsx').then((m) => ({ default: m.ReportsPage }))),
      },
    ],
  },
  {
    name: 'archive',
    pages: [
      {
        path: 'search',
        title: 'search',
        icon: <FileSearchOutlined aria-hidden />,
        needs: ['recording.search'],
        of: lazy(() => import('../archive/search-page.tsx').then((m) => ({ default: m.SearchPage }))),
      },
      {
        path: 'requests',
        title: 'requests',
        icon: <CheckSquareOutlined aria-hidden />,
        needs: ['recording.export', 'recording.destroy', 'hold.release', 'policy.change', 'approval.decide'],
        of: lazy(() => import('../archive/requests-page.tsx').then((m) => ({ default: m.RequestsPage }))),
      },
      {
        path: 'exports',
        title: 'exports',
        part: 'exports',
        icon: <ExportOutlined aria-hidden />,
        needs: ['recording.export'],
        of: lazy(() => import('../archive/exports-page.tsx').then((m) => ({ default: m.ExportsPage }))),
      },
      {
        path: 'holds',
        title: 'holds',
        part: 'holds',
        icon: <LockOutlined aria-hidden />,
        needs: ['hold.read'],
        of: lazy(() => import('../archive/holds-page.tsx').then((m) => ({ default: m.HoldsPage }))),
      },
      {
        path: 'destruction',
        title: 'destruction',
        part: 'destruction',
        icon: <DeleteOutlined aria-hidden />,
        needs: ['policy.read'],
        of: lazy(() => import('../archive/destruction-page.tsx').then((m) => ({ default: m.DestructionPage }))),
      },
      {
        path: 'policies',
        title: 'policies',
        part: 'policies',
        icon: <FileDoneOutlined aria-hidden />,
        needs: ['policy.read'],
        of: lazy(() => import('../archive/policies-page.tsx').then((m) => ({ default: m.PoliciesPage }))),
      },
      {
        path: 'completeness',
        title: 'completeness',
        part: 'completeness',
        icon: <AuditOutlined aria-hidden />,
        needs: ['completeness.read'],
        of: lazy(() => import('../archive/completeness-page.tsx').then((m) => ({ default: m.CompletenessPage }))),
      },
    ],
  },
  {
    name: 'oversight',
    pages: [
      {
        path: 'audit',
        title: 'audit',
        icon: <AuditOutlined aria-hidden />,
        needs: ['audit.read'],
        of: lazy(() => import('../oversight/audit-page.tsx').then((m) => ({ default: m.AuditPage }))),
      },
      {
        path: 'break-glass',
        title: 'emergencies',
        icon: <AlertOutlined aria-hidden />,
        needs: ['break-glass.review'],
        of: lazy(() => import('../oversight/emergencies-page.tsx').then((m) => ({ default: m.EmergenciesPage }))),
      },
    ],
  },
  {
    name: 'administration',
    pages: [
      {
        path: 'accounts',
        title: 'accounts',
        icon: <TeamOutlined aria-hidden />,
        needs: ['staff.manage'],
        of: lazy(() => import('../oversight/accounts-page.tsx').then((m) => ({ default: m.AccountsPage }))),
      },
    ],
  },
];

/** What the account's roles open; the archive's pages only where there is an archive. */
export const areasFor = ({ may = [], archive, parts = [] }: Session): readonly Area[] =>
  AREAS.filter(({ name }) => archive || name !== 'archive')
    .map((area) => ({
      ...area,
      pages: area.pages.filter(
        ({ needs, part }) =>
          needs.some((action) => may.includes(action)) && (part === undefined || parts.includes(part)),
      ),
    }))
    .filter(({ pages }) => pages.length > 0);
