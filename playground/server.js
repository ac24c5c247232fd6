// The way to the server: GraphQL over HTTP, and over WebSocket for subscriptions.

import { createClient } from "./libraries.js";
import { token } from "./session.js";
import { chooseFile, places, withFile } from "./upload.js";

const HTTP_URL = new URL("graphql", location.href);
HTTP_URL.search = HTTP_URL.hash = "";
const SOCKET_URL = new URL(HTTP_URL);
SOCKET_URL.protocol = location.protocol === "https:" ? "wss:" : "ws:";

/** What goes with a request: the session's token, and over it what the headers panel says. */
function headersWith(others) {
  const headers = new Headers(token() ? { Authorization: `Bearer ${token()}` } : {});
  // However a name is spelled, there is one header of it.
  for (const [name, value] of Object.entries(others ?? {})) headers.set(name, value);
  return headers;
}

async function post(request, others, file) {
  const headers = headersWith({
    Accept: "application/graphql-response+json, application/json;q=0.9",
    // The browser itself says how a form is divided.
    ...(file ? { "GraphQL-Preflight": "1" } : { "Content-Type": "application/json" }),
    ...others,
  });
  let response;
  try {
    response = await fetch(HTTP_URL, {
      method: "POST",
      headers,
      body: file ? withFile(request, file) : JSON.stringify(request),
      credentials: "omit",
    });
  } catch {
    throw new Error("The server cannot be reached.");
  }
  try {
    return await response.json();
  } catch {
    throw new Error(`The server answered ${response.status} ${response.statusText}, which is no GraphQL answer.`);
  }
}

/** Who asks, as a connection is told at its beginning: browsers send no headers with it. */
function introduction(others) {
  const authorization = headersWith(others).get("Authorization");
  return authorization ? { Authorization: authorization } : {};
}

function subscribe(request, headers) {
  return {
    subscribe(observer) {
      // A connection for each subscription: whoever changes the token and runs it again is another.
      const client = createClient({
        url: SOCKET_URL.href,
        connectionParams: () => introduction(headers),
        retryAttempts: 3,
        // A lost connection is worth a second try; a server that said no is not.
        shouldRetry: (event) => !(event?.code >= 4400),
      });
      const explain = (event) => {
        if (Array.isArray(event)) return event;
        const message = event.code
          ? `The connection was closed: ${event.reason || `code ${event.code}`}.`
          : "The connection for subscriptions cannot be opened.";
        return [{ message }];
      };
      client.subscribe(request, {
        next: (value) => observer.next(value),
        complete: () => observer.complete(),
        error: (event) => observer.error(explain(event)),
      });
      return { unsubscribe: () => client.dispose() };
    },
  };
}

/** Runs an operation whose variables want a file, which the person chooses. */
async function upload(request, headers) {
  const file = await chooseFile();
  if (!file) throw new Error("No file was chosen, so nothing was sent.");
  return post(request, headers, file);
}

/** What GraphiQL runs its operations with. */
export function fetcher({ query, variables, operationName }, { headers, documentAST } = {}) {
  const request = { query, variables, operationName };
  const operation = documentAST?.definitions.find(
    (definition) =>
      definition.kind === "OperationDefinition" &&
      (!operationName || definition.name?.value === operationName),
  );
  if (operation?.operation === "subscription") return subscribe(request, headers);
  const run = places(variables).length ? upload : post;
  // As an answer, since GraphiQL shows an exception with its stack.
  return run(request, headers).catch(({ message }) => ({ errors: [{ message }] }));
}

/** Runs an operation of the page itself; throws the first error of the answer, with its code. */
export async function ask(query, variables) {
  const { data, errors } = await post({ query, variables });
  if (errors?.length) {
    const [{ message, extensions = {} }] = errors;
    const wait = extensions.retryAfter ? ` Try again in ${extensions.retryAfter} seconds.` : "";
    throw Object.assign(new Error(message + wait), { code: extensions.code });
  }
  return data;
}

/** Runs an operation of the page itself; what of it may be read. */
export const look = async (query, variables) => (await post({ query, variables })).data;
