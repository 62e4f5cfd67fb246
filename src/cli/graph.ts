import { parseArgs } from 'node:util';
import { drawMermaid } from '../dialogue/graph/draw-mermaid.ts';
import { drawSvg } from '../dialogue/graph/draw-svg.ts';
import { planGraph } from '../dialogue/graph/plan-graph.ts';
import { loadPlans } from '../dialogue/load-dialplan.ts';
import { IvrError } from '../domain/error.ts';
import type { Command } from './command.ts';
import { grammarsFor } from './grammars-for.ts';
import { servicesFor } from './services-for.ts';

/** `tellerline graph`: a dialplan as a drawing. */
export const graph: Command = {
  summary: 'draws a dialplan: its states and the ways between them, as Mermaid or SVG',
  usage: 'tellerline graph FILE [--svg] [--grammars FOLDER] [--services FILE]',
  help: `  FILE                a dialplan
  --svg               a picture (SVG); otherwise a flowchart in Mermaid's language
  --grammars FOLDER   where its grammars are; otherwise the folder grammars beside the dialplan, beside its folder, or here
  --services FILE     the bank's own services; otherwise those of the configuration (bank.services_file)

Each flow stands in a box of its own, with a broken line from where it is called. Commands, which may be said anywhere, and what
follows trouble are left out. The drawing goes to standard output.`,
  async run({ arguments: args, environment, print }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { svg: { type: 'boolean', default: false }, services: { type: 'string' }, grammars: { type: 'string' } },
    });
    const [file, another] = positionals;
    if (file === undefined || another !== undefined) throw new IvrError('USAGE', 'name one dialplan');
    const [plan] = await loadPlans(file, {
      grammarsDirectory: await grammarsFor(file, values.grammars),
      services: await servicesFor(values.services, environment),
    });
    const drawn = planGraph(plan);
    print(values.svg ? drawSvg(drawn) : drawMermaid(drawn));
    return 0;
  },
};
