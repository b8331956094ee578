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
export interface Store {
  get_<T>(name: string): T | null;
  set_(name: string, value: unknown): void;
  remove_(name: string): void;
  /** The names that begin so. */
  names_(head: string): string[];
}

export function openStore(prefix: string, asked: ChatStorage | "memory" | undefined): Store {
  /** What the storage did not take. */
  const memory = new Map<string, string>();
  // The page's own, where there is a page and it may have one.
  const storage = asked === "memory" ? null : (asked ?? attempt(() => (globalThis.document ? localStorage : null)));
  return {
    get_: (name) => attempt(() => JSON.parse(memory.get(prefix + name) ?? storage!.getItem(prefix + name)!)) ?? null,
    set_(name, value) {
      const text = JSON.stringify(value);
      name = prefix + name;
      memory.set(name, text);
      attempt(() => {
        storage!.setItem(name, text);
        memory.delete(name);
      });
    },
    remove_(name) {
      name = prefix + name;
      memory.delete(name);
      attempt(() => storage!.removeItem(name));
    },
    names_(head) {
      const kept = attempt(() => Array.from({ length: storage!.length }, (_, index) => storage!.key(index)!)) ?? [];
      return [...new Set([...memory.keys(), ...kept])].flatMap((key) => (key.startsWith(prefix + head) ? key.slice(prefix.length) : []));
    },
  };
}

/** A storage may be missing, full or forbidden. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
