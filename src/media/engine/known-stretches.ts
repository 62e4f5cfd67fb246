interface Stretch<Known> {
  readonly from: number;
  to: number;
  readonly known: Known;
}

/** What is known of the samples of a track, as stretches in order. Nothing is known where there is none. */
export class KnownStretches<Known> {
  #stretches: Stretch<Known>[] = [];

  /** What it is known as, whatever it was before; undefined: nothing is known of it any more. */
  put(from: number, to: number, known: Known | undefined): void {
    if (from >= to) return;
    const last = this.#stretches.at(-1);
    if (known !== undefined && (last === undefined || last.to <= from)) {
      if (last?.to === from && last.known === known) last.to = to;
      else this.#stretches.push({ from, to, known });
    } else this.#stretches = joined(this.#stretches, from, to, known);
  }

  /** The same, but only where nothing is known. */
  putUnknown(from: number, to: number, known: Known): void {
    for (const stretch of this.between(from, to))
      if (stretch.known === undefined) this.put(stretch.from, stretch.to, known);
  }

  /** All of `from` … `to`, in order. */
  between(from: number, to: number): Stretch<Known | undefined>[] {
    const all: Stretch<Known | undefined>[] = [];
    let at = from;
    for (const stretch of this.#stretches) {
      const [begin, end] = [Math.max(from, stretch.from), Math.min(to, stretch.to)];
      if (begin >= end) continue;
      if (begin > at) all.push({ from: at, to: begin, known: undefined });
      all.push({ from: begin, to: end, known: stretch.known });
      at = end;
    }
    if (at < to) all.push({ from: at, to, known: undefined });
    return all;
  }
}

/** With another stretch instead of what was there. */
function joined<Known>(
  stretches: readonly Stretch<Known>[],
  from: number,
  to: number,
  known: Known | undefined,
): Stretch<Known>[] {
  const pieces: Stretch<Known>[] = [];
  for (const stretch of stretches) {
    if (stretch.from < from) pieces.push({ ...stretch, to: Math.min(stretch.to, from) });
    if (stretch.to > to) pieces.push({ ...stretch, from: Math.max(stretch.from, to) });
  }
  if (known !== undefined) pieces.push({ from, to, known });
  pieces.sort((a, b) => a.from - b.from);
  const merged: Stretch<Known>[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last?.to === piece.from && last.known === piece.known) last.to = piece.to;
    else merged.push(piece);
  }
  return merged;
}
