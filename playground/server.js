// The way to the server: GraphQL over HTTP, and over WebSocket for subscriptions.

import { createClient } from "./libraries.js";
import { token } from "./session.js";

const HTTP_URL = new URL("graphql", location.href);
HTTP_URL.search = HTTP_URL.hash = "";
const SOCKET_URL = new URL(HTTP_URL);
SOCKET_URL.protocol = location.protocol === "https:" ? "wss:" : "ws:";

const authorization = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

async function post(request, headers) {
  let response;
  try {
    response = await fetch(HTTP_URL, {
      method: "POST",
      headers: {
        Accept: "application/graphql-response+json, application/json;q=0.9",
        "Content-Type": "application/json",
        ...authorization(),
        ...headers,
      },
      body: JSON.stringify(request),
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

function subscribe(request) {
  return {
    subscribe(observer) {
      // A connection for each subscription: it says who asks as the connection begins.
      const client = createClient({
        url: SOCKET_URL.href,
        connectionParams: authorization,
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

/** What GraphiQL runs its operations with. */
export function fetcher({ query, variables, operationName }, { headers, documentAST } = {}) {
  const request = { query, variables, operationName };
  const operation = documentAST?.definitions.find(
    (definition) =>
      definition.kind === "OperationDefinition" &&
      (!operationName || definition.name?.value === operationName),
  );
  if (operation?.operation === "subscription") return subscribe(request);
  // As an answer, since GraphiQL shows an exception with its stack.
  return post(request, headers).catch(({ message }) => ({ errors: [{ message }] }));
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
