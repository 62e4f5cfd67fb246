import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* Reads the captures' text form: `=== conn1 client->server +1.572s 6917B`, then what was sent. */

export interface CapturedEvent {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

/** JSON events that FreeSWITCH sent on one outbound connection. */
export function capturedEvents(folder: string, name: string, connection = 'conn1'): CapturedEvent[] {
  const found: CapturedEvent[] = [];
  let ours = false;
  for (const line of readFileSync(join(folder, `${name}.txt`), 'utf8').split('\n')) {
    if (line.startsWith('=== ')) ours = line.startsWith(`=== ${connection} client->server`);
    const [, json] = /^(\{"Event-.*?["\]]\})(?:Content-(?:Length|Type): .*)?$/.exec(line) ?? [];
    if (!ours || json === undefined) continue;
    const values = JSON.parse(json) as Record<string, string>;
    found.push({ names: Object.keys(values), values });
  }
  return found;
}

/** The header names of the first CHANNEL_DATA on a connection. */
export function capturedChannelData(folder: string, name: string, connection = 'conn1'): string[] {
  const text = readFileSync(join(folder, `${name}.txt`), 'utf8');
  const [, block = ''] =
    new RegExp(`=== ${connection} client->server [^\n]*\n(Event-Name: CHANNEL_DATA\n[^]*?)\n\n`).exec(text) ?? [];
  return block.split('\n').map((line) => line.slice(0, line.indexOf(': ')));
}

export interface ForkStep {
  readonly at: number;
  readonly from: 'bot' | 'fs';
  readonly text: string;
}

/** What went over a fork's WebSocket, with its time in ms. */
export function capturedFork(folder: string, name: string): ForkStep[] {
  const steps: ForkStep[] = [];
  for (const line of readFileSync(join(folder, `${name}.txt`), 'utf8').split('\n')) {
    const [, at, from, text] = /^\+(\d+)ms (bot->fs|fs->bot) (.*)$/.exec(line) ?? [];
    if (at !== undefined && from !== undefined && text !== undefined)
      steps.push({ at: Number(at), from: from === 'bot->fs' ? 'bot' : 'fs', text });
  }
  return steps;
}
