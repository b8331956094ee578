// Sends a file in parts, so that it goes on where it broke off, and its progress is known without XMLHttpRequest.

// It is loaded with the first file, so it imports nothing but types: its tools are handed to it.

import type { call, ChatError } from "./http.js";
import type { backOff, pause } from "./wait.js";
import type { FileInfo } from "./wire.js";

export interface UploadOptions {
  /** Called with the bytes that have arrived. */
  onProgress?: (sent: number, size: number) => void;
  /** Stops the upload; it then fails with the signal's reason. */
  signal?: AbortSignal;
}

/** A file of an input, or a blob with a name. */
export type UploadSource = Blob & { name?: string };

/** What an upload needs of its client. */
export interface UploadHost {
  gateway: string;
  /** Runs a call with a token that counts. */
  authorized<T>(call: (headers: Record<string, string>) => Promise<T>): Promise<T>;
  call: typeof call;
  pause: typeof pause;
  backOff: typeof backOff;
}

const FIRST_PART = 256 * 1024;
const LARGEST_PART = 4 * 1024 * 1024;
/** A part that took less is followed by a larger one. */
const QUICK_MS = 1_000;
const PART_TIMEOUT_MS = 120_000;
/** So many tries in a row that got nothing across. */
const MOST_FAILURES = 10;

export async function upload(
  { gateway, authorized, call, pause, backOff }: UploadHost,
  source: UploadSource,
  { onProgress, signal = new AbortController().signal }: UploadOptions,
): Promise<FileInfo> {
  let failures = 0;
  /** Runs a call until it succeeds or is refused for good. */
  const persist = async <T>(run: (headers: Record<string, string>) => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await authorized(run);
      } catch (error) {
        signal.throwIfAborted();
        const { retryable, code, retryAfterMs } = error as Partial<ChatError>;
        if (!(retryable || code === "upload_busy") || ++failures >= MOST_FAILURES) throw error;
        await pause(backOff(failures + 1, retryAfterMs), signal);
        signal.throwIfAborted();
      }
    }
  };
  const { size } = source;
  const json = { name: source.name || "file", type: source.type, size };
  const post = { method: "POST", signal };
  const begun = await persist((headers) => call<{ file: FileInfo; upload: { url: string } }>(`${gateway}/v1/files`, { ...post, headers, json }));
  const url = gateway + begun!.upload.url;
  let offset = 0;
  let part = FIRST_PART;
  while (offset < size) {
    const began = Date.now();
    try {
      const written = await persist((headers) =>
        call<{ file: FileInfo }>(
          url,
          { method: "PATCH", headers: { ...headers, "upload-offset": String(offset) }, body: source.slice(offset, offset + part), signal },
          PART_TIMEOUT_MS,
        ),
      );
      offset = written!.file.offset;
    } catch (error) {
      // A part whose answer was lost had arrived.
      const { code, details } = error as Partial<ChatError>;
      const there = code === "offset_mismatch" ? details?.offset : null;
      if (typeof there !== "number" || ++failures >= MOST_FAILURES) throw error;
      offset = there;
      continue;
    }
    failures = 0;
    if (Date.now() - began < QUICK_MS) part = Math.min(part * 2, LARGEST_PART);
    onProgress?.(offset, size);
  }
  const done = await persist((headers) => call<{ file: FileInfo }>(`${url}/complete`, { ...post, headers }));
  return done!.file;
}
