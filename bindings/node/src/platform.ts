// What npm packages for this machine are called. The tools that make them ask here too.

import { existsSync, readFileSync } from "node:fs";

/** The name that napi gives to this platform, such as `linux-x64-gnu`. */
export function platformName(): string {
  const { platform, arch } = process;
  switch (platform) {
    case "linux":
      return `linux-${arch}-${isMusl() ? "musl" : "gnu"}`;
    case "win32":
      return `win32-${arch}-msvc`;
    default:
      return `${platform}-${arch}`;
  }
}

/** Node's own report would tell too, but it takes longer than all the rest of loading. */
function isMusl(): boolean {
  try {
    // As UTF-8: Node loads more for any other encoding, and that takes a millisecond.
    return readFileSync("/usr/bin/ldd", "utf8").includes("musl");
  } catch {
    return existsSync("/etc/alpine-release");
  }
}
