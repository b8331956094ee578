// Files of a visitor's, handed to a gateway.

import { open } from "node:fs/promises";
import { basename } from "node:path";
import { type CallOptions, readOptions, submit } from "./calls";
import type { NativeClient } from "./native";

/** How a file is handed over. */
export interface UploadOptions extends CallOptions {
  /** The name to show; that of the path when absent. Bytes need one. */
  name?: string;
  /** Such as `image/png`; what the name says when absent. */
  type?: string;
}

/** How a file is handed over part by part. */
export interface PartsOptions extends UploadOptions {
  /** That of an upload that was begun before, to go on with it. */
  fileId?: string;
}

/** How far a file is on its way to a gateway. */
export interface Uploaded {
  /** The gateway's id of it. */
  readonly fileId: string;
  /** The name that is shown. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** How many of them the gateway has. */
  readonly offset: number;
  /** Whether it is there as a whole. */
  readonly ready: boolean;
  /** What answers a prompt for a file, once it is ready; else `null`. */
  readonly link: string | null;
}

interface WireUploaded extends Omit<Uploaded, "fileId"> {
  readonly file_id: string;
}

/** Bytes of one part. */
const PART = 256 * 1024;

/** Reads what the core gives. */
export function readUploaded({ file_id, ...rest }: WireUploaded): Uploaded {
  return { fileId: file_id, ...rest };
}

/** Tells how far the file is, from its begin on. */
export async function* parts(
  client: NativeClient,
  file: string | Uint8Array,
  options: PartsOptions | undefined,
  caller: Function,
): AsyncGenerator<Uploaded, void, undefined> {
  const { fileId, name, type, ...limits } = options ?? {};
  const source = typeof file === "string" ? await fileOf(file) : bytesOf(file);
  const ask = (params: object) =>
    submit(client, "upload", caller, () => {
      const { params: given, signal } = readOptions(limits);
      return { params: { ...given, ...params }, signal };
    }, readUploaded);
  try {
    const begun = { name: name ?? source.name, size: source.size, type };
    let now = await ask(fileId === undefined ? begun : { file_id: fileId });
    yield now;
    while (!now.ready) {
      const data = await source.read(now.offset);
      now = await ask({ file_id: now.fileId, offset: now.offset, data: data.toString("base64") });
      yield now;
    }
  } finally {
    await source.close();
  }
}

interface Source {
  readonly name: string | undefined;
  readonly size: number;
  read(offset: number): Promise<Buffer>;
  close(): Promise<void>;
}

async function fileOf(path: string): Promise<Source> {
  const handle = await open(path);
  const { size } = await handle.stat();
  const read = async (offset: number) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PART), 0, PART, offset);
    return buffer.subarray(0, bytesRead);
  };
  return { name: basename(path), size, read, close: () => handle.close() };
}

function bytesOf(bytes: Uint8Array): Source {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = async (offset: number) => whole.subarray(offset, offset + PART);
  return { name: undefined, size: whole.length, read, close: async () => {} };
}
