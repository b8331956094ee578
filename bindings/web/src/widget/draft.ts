// What is typed and not sent: it outlives a reload of its tab, in the conversation in which it was typed.

export class Draft {
  readonly #key: string | null;

  /** A key of null keeps nothing. */
  constructor(key: string | null) {
    this.#key = key;
  }

  read(conversation: string | null): string {
    const [of, ...text] = (this.#use((key) => sessionStorage.getItem(key)) ?? "").split(" ");
    return of === String(conversation) ? text.join(" ") : "";
  }

  keep(conversation: string | null, text: string): void {
    this.#use((key) => (text ? sessionStorage.setItem(key, `${conversation} ${text}`) : sessionStorage.removeItem(key)));
  }

  #use<T>(run: (key: string) => T): T | null {
    try {
      return this.#key === null ? null : run(this.#key);
    } catch {
      // Without a storage it goes with the page.
      return null;
    }
  }
}
