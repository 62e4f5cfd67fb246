/** What tests have told the peer to refuse, once for each time. */
export class Refusals {
  readonly #commands: { readonly pattern: RegExp; readonly answer: string; times: number }[] = [];
  /** Statuses of the next INVITEs, and of the next re-INVITEs. */
  readonly calls: number[] = [];
  readonly modifies: number[] = [];
  forks = 0;

  command(pattern: RegExp, answer: string, times: number): void {
    this.#commands.push({ pattern, answer, times });
  }

  /** Undefined: it is not refused. */
  answerTo(command: string): string | undefined {
    const refusal = this.#commands.find(({ pattern, times }) => times > 0 && pattern.test(command));
    if (refusal === undefined) return undefined;
    refusal.times--;
    return refusal.answer;
  }

  takeFork(): boolean {
    if (this.forks === 0) return false;
    this.forks--;
    return true;
  }
}
