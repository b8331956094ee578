// Sends a file in parts, so that it goes on where it broke off, and its progress is known without XMLHttpRequest.

import type { Core } from "../core.js";
import type { ChatError, Request } from "../http.js";
import type { FileInfo } from "../wire.js";

export interface UploadOptions {
  /** Called with the bytes that have arrived. */
  onProgress?: (sent: number, size: number) => void;
  /** Stops the upload; it then fails with the signal's reason. */
  signal?: AbortSignal;
}

/** A file of an input, or a blob with a name. */
export type UploadSource = Blob & { name?: string };

const FIRST_PART = 256 * 1024;
const LARGEST_PART = 4 * 1024 * 1024;
/** A part that took less is followed by a larger one. */
const QUICK_MS = 1_000;
const PART_TIMEOUT_MS = 120_000;
/** So many tries in a row that got nothing across. */
const MOST_FAILURES = 10;

export async function upload(
  core: Core,
  source: UploadSource,
  { onProgress, signal = new AbortController().signal }: UploadOptions = {},
): Promise<FileInfo> {
  const { fileNames_: fileNames, tools_: { api_, backOff_, pause_ } } = core;
  let failures = 0;
  /** Makes a call until it succeeds or is refused for good. */
  const persist = async <T>(path: string, asked: Request, timeoutMs?: number): Promise<T> => {
    for (;;) {
      try {
        return await api_<T>(core, path, { ...asked, signal }, timeoutMs);
      } catch (error) {
        signal.throwIfAborted();
        const { retryable, code } = error as Partial<ChatError>;
        if (!(retryable || code === "upload_busy") || ++failures >= MOST_FAILURES) throw error;
        await pause_(backOff_(failures + 1, error), signal);
        signal.throwIfAborted();
      }
    }
  };
  const { size } = source;
  const begun = await persist<{ upload: { url: string } }>("/v1/files", { json: { name: source.name || "file", type: source.type, size } });
  const { url } = begun.upload;
  let offset = 0;
  let part = FIRST_PART;
  while (offset < size) {
    const began = Date.now();
    try {
      const asked = { method: "PATCH", headers: { "upload-offset": String(offset) }, body: source.slice(offset, offset + part) };
      offset = (await persist<{ file: FileInfo }>(url, asked, PART_TIMEOUT_MS)).file.offset;
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
  const { file } = await persist<{ file: FileInfo }>(`${url}/complete`, { method: "POST" });
  fileNames.set(file.id, file.name);
  return file;
}
