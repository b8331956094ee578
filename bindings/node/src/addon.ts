// The addon, loaded once.

import { loadNative } from "./loader";

export const native = loadNative();
