/** Who waits for something to be so: they look whenever something has changed. */
export class Onlookers {
  readonly #looking = new Set<() => void>();

  changed(): void {
    for (const look of this.#looking) look();
  }

  until(satisfied: () => boolean, what: string, limitMs: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!satisfied()) return;
        this.#looking.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#looking.delete(look);
        reject(new Error(`the FreeSWITCH peer waited in vain for ${what}`));
      }, limitMs);
      this.#looking.add(look);
      look();
    });
  }
}
