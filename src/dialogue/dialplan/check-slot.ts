import type { Compiling } from './compiling.ts';
import type { SlotFile } from './dialplan-schema.ts';
import type { Path } from './dialplan-source.ts';

/** What a slot says that does not go together. */
export function checkSlot(compiling: Compiling, file: SlotFile, at: Path): void {
  const { secret = false, free = false, keep, type } = file;
  if (secret && keep === 'call')
    compiling.problem([...at, 'keep'], 'expected no keep for a secret slot: it is never kept');
  if (secret && file.grammar !== undefined)
    compiling.problem([...at, 'grammar'], 'expected no grammar for a secret slot: keys only');
  if (secret && file.keys === undefined && type === undefined)
    compiling.problem(at, 'expected keys for a secret slot', true);
  if (!secret && !free && file.grammar === undefined && file.keys === undefined && type === undefined)
    compiling.problem(at, 'expected a type, a grammar, free or keys', true);
  if (free && (secret || [file.grammar, file.confirm, file.matches, type].some((given) => given !== undefined)))
    compiling.problem(
      [...at, 'free'],
      'expected no type, grammar, matches or confirm for a free slot, and no secret: whatever is said is its value',
    );
  if (file.keys !== undefined && file.keys.min > file.keys.max)
    compiling.problem([...at, 'keys', 'min'], 'expected min ≤ max');
}
