// The message that answers a prompt. What the bot asked for is checked by the core.

import { native } from "./addon";
import { unwrap } from "./calls";
import type { FileLink, Variables } from "./chat";
import { encode, refused } from "./encode";
import { callSite } from "./errors";
import type {
  ChoicePrompt,
  FilePrompt,
  FormPrompt,
  JavascriptPrompt,
  Message,
  Prompt,
  SliderPrompt,
} from "./events";
import { argumentNames, coreNames, snakeKeys } from "./wire";

/** A file that answers: `size`, its bytes, is checked against the bot's limit and not sent. */
export type FileAnswer = string | (FileLink & { size?: number });

/**
 * What answers a prompt. A choice: an option by its label, its key or its index from 0, or several as an
 * array. Files: links. A form and variables: values by their names. A date: `YYYY-MM-DD`. Else a text.
 */
export type Answer<P extends Prompt = Prompt> = P extends SliderPrompt
  ? number
  : P extends ChoicePrompt
    ? string | number | readonly (string | number)[]
    : P extends FilePrompt
      ? FileAnswer | readonly FileAnswer[]
      : P extends FormPrompt | JavascriptPrompt
        ? Variables
        : string;

/**
 * The message that answers a prompt, for `chat.send` and `chat.ask`. Sends nothing.
 *
 * @throws InvalidArgumentError that says what the bot asks for, when `value` is something else.
 */
export function answer<P extends Prompt>(prompt: P, value: Answer<P>): Message {
  const takesFiles = prompt?.kind === "file";
  const names = takesFiles ? argumentNames("value", "value") : coreNames;
  let text: string;
  try {
    const { raw: _, ...asked } = { ...prompt } as Partial<Prompt>;
    text = encode({ prompt: asked, value: takesFiles ? filesOf(value) : value });
  } catch (error) {
    throw refused("answer", error, callSite(answer), names);
  }
  return unwrap(native.answer(text), answer, names);
}

function filesOf(value: unknown): unknown {
  return Array.isArray(value) ? value.map((file) => snakeKeys(file)) : snakeKeys(value);
}
