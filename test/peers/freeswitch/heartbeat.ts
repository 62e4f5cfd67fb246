import type { EventBasics } from './channel-headers.ts';
import type { FiredEvent } from './event-listener.ts';

export interface Pulse {
  readonly basics: EventBasics;
  readonly startedAt: number;
  readonly channels: number;
  readonly sessions: number;
}

export const heartbeatOf = ({ basics, startedAt, channels, sessions }: Pulse): FiredEvent => ({
  headers: [
    ...basics.headers('HEARTBEAT', ['switch_core.c', 'send_heartbeat', 95]),
    ['Event-Info', 'System Ready'],
    ['Up-Time', '0 years, 0 days, 0 hours, 0 minutes, 40 seconds, 51 milliseconds, 320 microseconds'],
    ['FreeSWITCH-Version', '1.10.12-release+git~20240802T210227Z~a88d069d6f~64bit'],
    ['Uptime-msec', String(Date.now() - startedAt)],
    ['Session-Count', String(channels)],
    ['Max-Sessions', '2000'],
    ['Session-Per-Sec', '200'],
    ['Session-Per-Sec-Last', '0'],
    ['Session-Per-Sec-Max', '1'],
    ['Session-Per-Sec-FiveMin', '1'],
    ['Session-Since-Startup', String(sessions)],
    ['Session-Peak-Max', String(channels)],
    ['Session-Peak-FiveMin', String(channels)],
    ['Idle-CPU', '92.366667'],
  ],
});
