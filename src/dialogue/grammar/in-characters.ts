import { type Network, NetworkBuilder } from '../../grammar/automaton/network.ts';

const CHARACTERS = /\p{Script=Han}|[^\p{Script=Han}]+/gu;
/** A Chinese word as its characters; any other as it is. */
export const piecesOf = (word: string): readonly string[] => word.match(CHARACTERS) ?? [word];

const known = new WeakMap<Network, Network>();

/** The same sentences, Chinese words as their characters: what is said is compared without regard to where words begin. */
export function inCharacters(network: Network): Network {
  const before = known.get(network);
  if (before !== undefined) return before;
  const divides = network.arcs.some((arcs) => arcs.some(({ word }) => word !== undefined && piecesOf(word).length > 1));
  const divided = divides ? characterNetwork(network) : network;
  known.set(network, divided);
  return divided;
}

function characterNetwork({ arcs, start, end }: Network): Network {
  const builder = new NetworkBuilder();
  for (const _ of arcs) builder.node();
  for (const [from, all] of arcs.entries())
    for (const arc of all) {
      const pieces = arc.word === undefined ? [] : piecesOf(arc.word);
      if (pieces.length < 2) {
        builder.arc(from, arc);
        continue;
      }
      let at = from;
      for (const [n, word] of pieces.entries()) {
        const last = n === pieces.length - 1;
        at = builder.arc(at, { word, to: last ? arc.to : builder.node() });
      }
    }
  return builder.finish(start, end);
}
