// What runs a JavaScript block of the bot's: a document of the gateway's without an origin, a network or the page. It gets
// `{code, variables}` from the widget and gives `{values}` or `{error}`. The code runs in a worker, so that one that never ends
// blocks nothing else.

interface Task {
  code: string;
  variables: string[];
}

/** The worker. It is sent as text, so it uses nothing from outside itself. */
function work(): void {
  /** The values of the variables: what the code returns by their names, with or without what is before the dot, or what it assigns to them. */
  const run = async ({ code, variables }: Task): Promise<Record<string, unknown>> => {
    const AsyncFunction = (async () => {}).constructor as new (code: string) => () => Promise<unknown>;
    const names = variables.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name)).join(", ");
    // The code's own `return` comes first.
    const result = (await new AsyncFunction(`${names && `let ${names};`}\n${code}\n;return { ${names} };`)()) as Record<string, unknown> | null;
    const values: Record<string, unknown> = {};
    for (const name of variables) {
      const value = result?.[name] ?? result?.[name.split(".").at(-1)!];
      if (value === undefined) throw new Error(`the code gave no value for ${name}`);
      values[name] = value;
    }
    return values;
  };
  self.onmessage = ({ data }: MessageEvent<Task>) => {
    run(data).then(
      (values) => postMessage({ values }),
      (error: unknown) => postMessage({ error: String(error) }),
    );
  };
  // From here on its time counts.
  postMessage("ready");
}

const worker = new Worker(URL.createObjectURL(new Blob([`(${String(work)})()`])));
worker.onmessage = ({ data }) => parent.postMessage(data, "*");
worker.onerror = () => parent.postMessage({ error: "the code cannot be run" }, "*");
addEventListener("message", ({ data, source }: MessageEvent<Task>) => {
  if (source === parent) worker.postMessage(data);
});
