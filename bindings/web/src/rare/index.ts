// What most pages never need, as one part: see rare.ts.

export { solve } from "./challenge.js";
export { changeVisitor, erase, forget, loadOlder, restart } from "./calls.js";
export { recognize } from "./identity.js";
export { climb } from "./ladder.js";
export { failed, resolve, settle } from "./refused.js";
export { standInLine } from "./tabs.js";
export { upload } from "./upload.js";
