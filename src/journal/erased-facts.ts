/**
 * Texts that tell nothing of a person: ids, names of our dialplan, codes and outcomes. Whatever is not among them is emptied, so that a fact that is added
 * later is erased until somebody says that it may stay.
 */
const IMPERSONAL: ReadonlySet<string> = new Set([
  'because',
  'by',
  'codec',
  'code',
  'dialplan',
  'direction',
  'entry',
  'error',
  'language',
  'leg',
  'method',
  'missing',
  'notice',
  'outcome',
  'policy',
  'prompt',
  'queue',
  'reason',
  'recording',
  'remedy',
  'retain_until',
  'retention_class',
  'service',
  'sha256',
  'slot',
  'state',
  'states',
  'turn',
  'via',
  'where',
]);

/** The facts of a call event without what is personal; their shape stays, so that whoever reads the journal reads it as before. */
export function erasedFacts(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => {
      if (typeof value === 'number' || typeof value === 'boolean' || value === null) return [name, value];
      if (typeof value === 'string') return [name, IMPERSONAL.has(name) ? value : ''];
      return [name, Array.isArray(value) ? [] : {}];
    }),
  );
}
