// What outlives a page: the session, the conversation and the outbox. Where there is no storage, or it is full or
// forbidden, memory holds them.

/** As `localStorage` and `sessionStorage` have it. */
export interface ChatStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  /** The keys, by their place from 0. */
  key(index: number): string | null;
  readonly length: number;
}

/** Values under one prefix, as JSON. */
export class Store {
  readonly #prefix: string;
  readonly #storage: ChatStorage | null;
  /** What the storage did not take. */
  readonly #memory = new Map<string, string>();

  constructor(prefix: string, storage: ChatStorage | "memory" | undefined) {
    this.#prefix = prefix;
    this.#storage = storage === "memory" ? null : (storage ?? browserStorage());
  }

  get<T>(name: string): T | null {
    const key = this.#prefix + name;
    let text = this.#memory.get(key) ?? null;
    try {
      text ??= this.#storage?.getItem(key) ?? null;
      return text === null ? null : (JSON.parse(text) as T);
    } catch {
      return null;
    }
  }

  /** The names that begin so. */
  names(head: string): string[] {
    const keys = new Set(this.#memory.keys());
    try {
      for (let index = 0; index < (this.#storage?.length ?? 0); index++) keys.add(this.#storage!.key(index) ?? "");
    } catch {
      // A storage that is forbidden holds nothing.
    }
    return [...keys].filter((key) => key.startsWith(this.#prefix + head)).map((key) => key.slice(this.#prefix.length));
  }

  set(name: string, value: unknown): void {
    const key = this.#prefix + name;
    const text = JSON.stringify(value);
    this.#memory.set(key, text);
    try {
      this.#storage?.setItem(key, text);
      if (this.#storage) this.#memory.delete(key);
    } catch {
      // A full or forbidden storage: memory has it.
    }
  }

  remove(name: string): void {
    const key = this.#prefix + name;
    this.#memory.delete(key);
    try {
      this.#storage?.removeItem(key);
    } catch {
      // A storage that is forbidden holds nothing.
    }
  }
}

/** The page's own storage, where there is a page and it may have one. */
function browserStorage(): ChatStorage | null {
  try {
    return typeof document === "undefined" ? null : localStorage;
  } catch {
    return null;
  }
}
