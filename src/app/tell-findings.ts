import type { ArchiveFinding } from '../archive/maintenance/fsck.ts';

/** Prints what `archive fsck` found. @returns the exit status */
export function tellFindings(
  findings: readonly ArchiveFinding[],
  { json, repair }: { readonly json: boolean; readonly repair: boolean },
  print: (line: string) => void,
): number {
  const wrong = findings.filter(({ problems }) => problems.length > 0);
  const mended = findings.filter(({ repaired = [] }) => repaired.length > 0);
  const elsewhere = findings.filter(({ elsewhere: node }) => node !== undefined);
  const checked = findings.length - elsewhere.length;
  if (json)
    print(
      JSON.stringify({
        checked,
        wrong,
        ...(repair ? { repaired: mended } : {}),
        ...(elsewhere.length > 0 ? { elsewhere } : {}),
      }),
    );
  else {
    for (const { recording, repaired = [] } of mended) for (const what of repaired) print(`${recording}  ${what}`);
    for (const { recording, problems } of wrong) for (const problem of problems) print(`${recording}  ${problem}`);
    const also = repair ? `, ${mended.length} repaired` : '';
    print(`${checked} recordings checked${also}, ${wrong.length} with problems`);
    if (elsewhere.length > 0) {
      const nodes = [...new Set(elsewhere.map(({ elsewhere: node }) => node))].join(', ');
      print(`${elsewhere.length} more were recorded by ${nodes}, where their keys are: check them there`);
    }
  }
  return wrong.length === 0 ? 0 : 1;
}
