import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/* Imported first by the entry of every process and thread: stacks name the files and lines of the sources, not those of the bundle. */

/** Of a file that runs: its source map as an object, or undefined when it has none. */
export type ReadMap = (file: string) => unknown;

const readMap: ReadMap = (file) => {
  try {
    return JSON.parse(readFileSync(`${file}.map`, 'utf8'));
  } catch {
    return undefined;
  }
};

const POSITION = /((?:file:\/\/)?\/[^\s()]+\.js):(\d+):(\d+)/g;

/**
 * Finds the places of a stack in their sources. Maps are read when a stack is first looked at that needs them, and kept: to have Node.js do it
 * (`--enable-source-maps`) costs every start the reading of all.
 *
 * @returns for one stack as V8 prints it, the same with `src/calls/run-call.ts:12:3` for each position whose file has a map
 */
export function positionFinder(read: ReadMap = readMap): (stack: string) => string {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (file: string): SourceMap | undefined => {
    if (!maps.has(file)) {
      const payload = read(file);
      maps.set(file, payload === undefined ? undefined : new SourceMap(payload as SourceMap['payload']));
    }
    return maps.get(file);
  };
  return (stack) =>
    stack.replace(POSITION, (position: string, place: string, line: string, column: string) => {
      const file = place.startsWith('file:') ? fileURLToPath(place) : place;
      const found = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (found === undefined || !('originalSource' in found)) return position;
      const source = found.originalSource.replace(/^(?:\.\.\/)+/, '');
      return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    });
}

const find = positionFinder();

/** As V8 and Node.js print a stack; V8 asks for it when somebody first looks at `stack`. A frame's text is more than its type tells. */
Error.prepareStackTrace = (error, frames: readonly { toString(): string }[]) => {
  const stack = [safely(() => String(error)), ...frames.map((frame) => `    at ${frame.toString()}`)].join('\n');
  return safely(() => find(stack)) ?? stack;
};

function safely(tell: () => string): string | undefined {
  try {
    return tell();
  } catch {
    return undefined; // a stack is never a reason to fail
  }
}
