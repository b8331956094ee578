// The control API, with its token. Everything that the page knows and does goes through here.

/** @typedef {import("./types.js").Numbers} Numbers */

const ROOT = "/_emulator";
const KEPT_AS = "wotnot-control-token";
/** Longer than the longest wait for a change. A fault rule may leave a call without an answer. */
const LONGEST_MS = 60_000;

/** The call was refused, or got no answer. */
export class CallError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 when no answer came.
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

let token = "";

/**
 * Takes the token out of the address, where it would stay in the history, or from before a reload.
 * @returns {boolean} whether there is one
 */
export function takeToken() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const given = parameters.get("token");
  if (given) {
    parameters.delete("token");
    history.replaceState(null, "", `${location.pathname}#${parameters}`);
    setToken(given);
  } else token = sessionStorage.getItem(KEPT_AS) ?? "";
  return token !== "";
}

/** @param {string} given */
export function setToken(given) {
  token = given;
  sessionStorage.setItem(KEPT_AS, given);
}

/** The whole page's address for another tab, which has no token of its own. */
export const pageAddress = () => `${ROOT}/ui#token=${token}`;

/**
 * @param {string} method
 * @param {string} path what follows `/_emulator`
 * @param {unknown} [body]
 * @returns {Promise<any>} the answer's JSON
 */
export async function call(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  let answer, text;
  try {
    const sent = body === undefined ? null : JSON.stringify(body);
    answer = await fetch(ROOT + path, { method, headers, body: sent, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(LONGEST_MS) });
    text = await answer.text();
  } catch {
    throw new CallError("No whole answer came: the emulator has stopped, or a fault rule cut the connection.", 0);
  }
  if (answer.ok) return JSON.parse(text);
  const reason = answer.headers.get("x-emulator-reason") ?? errorOf(text);
  throw new CallError(`${answer.status}: ${reason || "refused"}`, answer.status);
}

/** @param {string} text */
function errorOf(text) {
  try {
    const { error, findings } = JSON.parse(text);
    return findings ? `${error}: ${findings.map((/** @type {any} */ it) => it.message).join("; ")}` : error;
  } catch {
    return text.slice(0, 200);
  }
}

/** @param {string} path */
export const get = (path) => call("GET", path);

/**
 * The same, and null where it is gone: a reset may come between two calls.
 * @param {string} path
 */
export const getIfThere = (path) =>
  get(path).catch((error) => {
    if (error instanceof CallError && error.status === 404) return null;
    throw error;
  });

/**
 * @param {string} path
 * @param {unknown} [body]
 */
export const post = (path, body) => call("POST", path, body);

/** @param {string} id */
export const conversationPath = (id) => `/conversations/${encodeURIComponent(id)}`;

/**
 * A drawing. Read as a document and not as text, which this page's policy would not turn into elements.
 * @param {string} path
 * @returns {Promise<SVGSVGElement>}
 */
export function drawing(path) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", ROOT + path);
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.responseType = "document";
    request.onerror = () => reject(new CallError("The drawing did not come.", 0));
    request.onload = () => {
      const root = request.responseXML?.documentElement;
      if (request.status === 200 && root?.localName === "svg") resolve(/** @type {any} */ (root));
      else reject(new CallError("The flow is too large to be drawn, or is gone.", request.status));
    };
    request.send();
  });
}
