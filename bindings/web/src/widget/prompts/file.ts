// Files: chosen, dropped or taken by a camera, each with its progress.

import type { FileInfo } from "../../wire.js";
import type { PromptHost, PromptOf } from "../host.js";

export function file({ named, t, h, chat, answer }: PromptHost<PromptOf<"file">>): HTMLElement {
  if (chat.snapshot.capabilities?.files === false) return h("p", {}, t.noFiles);
  const sent = new Map<HTMLElement, FileInfo | null>();
  const list = h("ul", { class: "files" });
  const send = h("button", { type: "submit", class: "solid" }, t.send);
  const look = () => {
    const files = [...sent.values()];
    send.disabled = !files.length || files.includes(null);
  };

  const add = (source: File) => {
    const stop = new AbortController();
    const bar = h("progress", { max: 1, value: 0, "aria-label": `${t.uploading}: ${source.name}` });
    const state = h("span", { role: "status" });
    const drop = h("button", { type: "button", "aria-label": `${t.cancel}: ${source.name}` }, t.cancel);
    const row = h("li", {}, h("span", { dir: "auto" }, source.name), bar, state, drop);
    drop.addEventListener("click", () => {
      stop.abort();
      sent.delete(row);
      row.remove();
      look();
      input.focus();
    });
    sent.set(row, null);
    list.append(row);
    look();
    const done = (text: string) => {
      bar.remove();
      state.textContent = text;
      drop.textContent = t.remove;
      drop.setAttribute("aria-label", `${t.remove}: ${source.name}`);
    };
    const onProgress = (bytes: number, size: number) => (bar.value = bytes / size);
    chat.upload(source, { onProgress, signal: stop.signal }).then(
      (info) => {
        if (stop.signal.aborted) return;
        sent.set(row, info);
        done(t.uploaded);
        look();
      },
      (error: { code?: string }) => {
        if (stop.signal.aborted) return;
        sent.delete(row);
        done(error.code === "too_large" ? t.tooLarge : error.code === "unsupported_type" || error.code === "content_mismatch" ? t.wrongType : t.uploadFailed);
        look();
      },
    );
  };

  const addAll = (files: FileList | null | undefined) => [...(files ?? [])].forEach(add);
  const input = h("input", { type: "file", multiple: true, ...named });
  input.addEventListener("change", () => {
    addAll(input.files);
    input.value = "";
  });
  const submit = (event: Event) => {
    event.preventDefault();
    answer({ files: [...sent.values()].flatMap((info) => info?.id ?? []) });
  };
  const over = (event: DragEvent) => event.preventDefault();
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    addAll(event.dataTransfer?.files);
  };
  look();
  return h(
    "form",
    { class: "fields drop", onsubmit: submit, ondragover: over, ondrop: dropped },
    h("label", { class: "option" }, t.files, input),
    h("small", {}, t.drop),
    list,
    send,
  );
}
