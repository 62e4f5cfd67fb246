import type { GraphEdge, GraphNode, PlanGraph } from './plan-graph.ts';

const [WIDE, HIGH, GAP_X, GAP_Y, MARGIN] = [150, 40, 40, 70, 30];

interface Box {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
}

/** A dialplan as a picture: the states of each flow below each other by how many steps lead there, flows side by side. */
export function drawSvg(graph: PlanGraph): string {
  const { boxes, width, height, titles } = placed(graph);
  const lines = graph.edges.flatMap((edge) => {
    const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
    return from === undefined || to === undefined ? [] : [line(edge, from, to)];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${titles.map(({ text, x }) => `<text x="${x}" y="20" font-weight="bold">${escaped(text)}</text>`).join('\n')}
${lines.join('\n')}
${[...boxes.values()].map(box).join('\n')}
</svg>`;
}

/** Steps from the first state of its flow; those that only trouble or commands lead to stand below the others. */
function depths(flow: readonly GraphNode[], edges: readonly GraphEdge[]): ReadonlyMap<string, number> {
  const within = new Set(flow.map(({ id }) => id));
  const depth = new Map<string, number>();
  const ahead = new Map<string, string[]>();
  for (const { from, to, calls } of edges)
    if (!calls && within.has(from) && within.has(to)) ahead.set(from, [...(ahead.get(from) ?? []), to]);
  const reach = (start: string, at: number): void => {
    const queue = [start];
    depth.set(start, at);
    for (const id of queue)
      for (const next of ahead.get(id) ?? [])
        if (!depth.has(next)) {
          depth.set(next, (depth.get(id) ?? 0) + 1);
          queue.push(next);
        }
  };
  for (const { id } of flow) if (!depth.has(id)) reach(id, depth.size === 0 ? 0 : Math.max(...depth.values()) + 1);
  return depth;
}

function placed({ nodes, edges }: PlanGraph) {
  const boxes = new Map<string, Box>();
  const titles: { readonly text: string; readonly x: number }[] = [];
  let [left, height] = [MARGIN, 0];
  for (const name of new Set(nodes.map(({ flow }) => flow))) {
    const flow = nodes.filter((node) => node.flow === name);
    const rows = new Map<number, GraphNode[]>();
    const depth = depths(flow, edges);
    for (const node of flow) {
      const row = depth.get(node.id) ?? 0;
      rows.set(row, [...(rows.get(row) ?? []), node]);
    }
    const widest = Math.max(...[...rows.values()].map(({ length }) => length));
    titles.push({ text: name, x: left });
    for (const [row, within] of rows)
      for (const [n, node] of within.entries()) {
        const indent = ((widest - within.length) * (WIDE + GAP_X)) / 2;
        boxes.set(node.id, { node, x: left + indent + n * (WIDE + GAP_X), y: MARGIN + 10 + row * (HIGH + GAP_Y) });
        height = Math.max(height, MARGIN + 10 + row * (HIGH + GAP_Y) + HIGH);
      }
    left += widest * (WIDE + GAP_X) + GAP_X;
  }
  return { boxes, titles, width: left, height: height + MARGIN };
}

function box({ node, x, y }: Box): string {
  const asks = ['choice', 'confirm', 'form'].includes(node.kind);
  const fill = asks ? '#e6f0ff' : node.kind === 'end' || node.kind === 'return' ? '#eee' : '#fff8e6';
  return `<g><rect x="${x}" y="${y}" width="${WIDE}" height="${HIGH}" rx="${asks ? 16 : 4}" fill="${fill}" stroke="#555"/><text x="${x + WIDE / 2}" y="${y + 17}" text-anchor="middle">${escaped(node.name)}</text><text x="${x + WIDE / 2}" y="${y + 32}" text-anchor="middle" fill="#777" font-size="10">${node.kind}</text></g>`;
}

/** Down from the bottom, back up along the side. */
function line({ by, calls }: GraphEdge, from: Box, to: Box): string {
  const down = to.y > from.y;
  const [x1, y1] = down ? [from.x + WIDE / 2, from.y + HIGH] : [from.x + WIDE, from.y + HIGH / 2];
  const [x2, y2] = down ? [to.x + WIDE / 2, to.y] : [to.x + WIDE, to.y + HIGH / 2];
  const path = down
    ? `M${x1} ${y1}C${x1} ${y1 + 30} ${x2} ${y2 - 30} ${x2} ${y2}`
    : `M${x1} ${y1}C${x1 + 40} ${y1} ${x2 + 40} ${y2} ${x2} ${y2}`;
  const dash = calls ? ' stroke-dasharray="4 3"' : '';
  return `<g><path d="${path}" fill="none" stroke="#555"${dash} marker-end="url(#tip)"/><text x="${(x1 + x2) / 2 + (down ? 4 : 34)}" y="${(y1 + y2) / 2}" fill="#555" font-size="10">${escaped(by)}</text></g>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
