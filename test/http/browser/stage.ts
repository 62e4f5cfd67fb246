import type { BrowserOptions } from '../../../src/http/browser/browser-routes.ts';
import type { BrowserTelephones } from '../../../src/http/browser/telephones.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import type { CallSummary } from '../../../src/domain/call-summary.ts';

/* What the web server has of browsers, without a SIP server behind it. */

export const telephones: BrowserTelephones = {
  issue: (name) => ({
    uri: `sip:${name}@bank.example`,
    authorization_user: name,
    password: 'a-password',
    expires_at: 1,
    socket: '/sip',
    line: 'sip:bank@bank.example',
    ice_servers: [],
  }),
  accept: () => ({ onMessage: () => undefined, onClosed: () => undefined }),
  origins: [],
};

export interface Stage {
  readonly browsers: BrowserOptions;
  /** Those that there are. */
  readonly calls: CallSummary[];
  /** Who listens to events. */
  readonly listeners: Set<(event: CallEvent) => void>;
}

export function newStage(more: Partial<BrowserTelephones> = {}): Stage {
  const calls: CallSummary[] = [];
  const listeners = new Set<(event: CallEvent) => void>();
  return {
    calls,
    listeners,
    browsers: {
      telephones: { ...telephones, ...more },
      newcomer: true,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      calls: {
        list: async ({ live }) => calls.filter((call) => live === undefined || call.live === live),
        find: async (contact) => {
          const call = calls.find((each) => each.contact === contact);
          return call === undefined ? undefined : { call, events: [] };
        },
      },
    },
  };
}
