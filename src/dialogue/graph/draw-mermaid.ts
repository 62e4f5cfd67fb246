import type { GraphNode, PlanGraph } from './plan-graph.ts';

/** Shapes by what a state does: it asks, decides, calls, ends. */
const SHAPES: Readonly<Partial<Record<GraphNode['kind'], readonly [string, string]>>> = {
  choice: ['([', '])'],
  confirm: ['([', '])'],
  form: ['([', '])'],
  branch: ['{', '}'],
  call: ['[[', ']]'],
  'look-up': ['[(', ')]'],
  end: ['((', '))'],
  return: ['((', '))'],
};

/** A dialplan as a flowchart in Mermaid's language, each flow in a box of its own. */
export function drawMermaid({ nodes, edges }: PlanGraph): string {
  const names = new Map(nodes.map(({ id }, n) => [id, `s${n}`]));
  const flows = [...new Set(nodes.map(({ flow }) => flow))];
  const lines = ['flowchart TD'];
  for (const [n, flow] of flows.entries()) {
    lines.push(`  subgraph f${n}["${flow}"]`);
    for (const node of nodes) {
      const [open, close] = SHAPES[node.kind] ?? ['[', ']'];
      if (node.flow === flow) lines.push(`    ${names.get(node.id)}${open}"${node.name}"${close}`);
    }
    lines.push('  end');
  }
  for (const { from, to, by, calls } of edges)
    lines.push(`  ${names.get(from)} ${calls ? '-.->' : '-->'}|"${by}"| ${names.get(to)}`);
  return lines.join('\n');
}
