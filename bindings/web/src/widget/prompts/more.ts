// What comes less often; loaded with the first of it. Nothing but types is imported from what is there already.

import type { OpenPrompt } from "../../wire.js";
import type { PromptHost, PromptOf } from "../host.js";
import { carousel } from "./carousel.js";
import { date } from "./date.js";
import { file } from "./file.js";
import { form } from "./form.js";
import { more } from "../strings/more.js";
import { javascript } from "./javascript.js";
import { list } from "./list.js";
import { slider } from "./slider.js";

export { showMedia } from "./media.js";
export { css } from "./style.js";
export { showTrouble, troubleText } from "./trouble.js";

type Draw = (host: PromptHost<never>) => HTMLElement;
const DRAW: { [Kind in OpenPrompt["kind"]]?: (host: PromptHost<PromptOf<Kind>>) => HTMLElement } = {
  choice: (host) => (host.prompt.options.some(({ card }) => card) ? carousel : list)(host),
  date,
  file,
  form,
  javascript,
  slider,
};

export function draw(host: PromptHost): HTMLElement {
  const known = DRAW[host.prompt.kind] as Draw | undefined;
  // What cannot be drawn is answered in words.
  return known ? known({ ...host, t: { ...more, ...host.t } } as PromptHost<never>) : host.h("div", { hidden: true });
}
