// One client per session: HTTP for queries and mutations, one WebSocket for all subscriptions.

import { Client, fetchExchange, mapExchange, subscriptionExchange, type ExecutionResult } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient } from "graphql-ws";
import { keys, updates } from "./cache";
import { possibleTypes } from "./schema";
import * as session from "./session";

/** Where the app finds the API. */
export const SERVER = new URL(import.meta.env["VITE_TWINSPACE_URL"] ?? "", location.href).href;
const HTTP = new URL("/graphql", SERVER).href;
const SOCKET = HTTP.replace(/^http/, "ws");

const EXPIRED = "Your session has ended. Please sign in again.";
/** Closed for good: by a fault of ours, or because the session has ended (docs/errors.md). */
const FINAL = [4400, 4401, 4403, 4409, 4429];

/** Of a union, the cache looks for the fields of all its types, and warns of those that others have. */
const logger = (severity: "debug" | "error" | "warn", message: string): void => {
  if (!message.startsWith("Invalid undefined")) console[severity](message);
};

export interface Connection {
  readonly client: Client;
  /** Calls `reload` when the socket is back after an interruption: what came meanwhile was missed. */
  readonly onReturn: (reload: () => void) => () => void;
  readonly close: () => void;
}

export function connect(): Connection {
  const reloads = new Set<() => void>();
  const bearer = (): Record<string, string> => {
    const token = session.token();
    return token ? { Authorization: `Bearer ${token}` } : {};
  };
  const socket = createClient({
    url: SOCKET,
    connectionParams: bearer,
    retryAttempts: Infinity,
    shouldRetry: (event) => !(event instanceof CloseEvent && FINAL.includes(event.code)),
    on: {
      connected: (_socket, _payload, wasRetry) => wasRetry && reloads.forEach((reload) => reload()),
      closed: (event) => event instanceof CloseEvent && event.code === 4403 && session.end(EXPIRED),
    },
  });
  const client = new Client({
    url: HTTP,
    preferGetMethod: false,
    fetchOptions: () => ({ headers: bearer() }),
    exchanges: [
      mapExchange({
        onError(error) {
          if (error.graphQLErrors.some(({ extensions }) => extensions?.["code"] === "UNAUTHENTICATED"))
            session.end(EXPIRED);
        },
      }),
      cacheExchange({ keys, possibleTypes, updates, logger }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables, operationName }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query, variables: variables as Record<string, unknown>, operationName: operationName ?? null },
              { ...sink, next: (result) => sink.next({ ...result, data: result.data ?? null } as ExecutionResult) },
            ),
          }),
        }),
      }),
    ],
  });
  return {
    client,
    onReturn(reload) {
      reloads.add(reload);
      return () => void reloads.delete(reload);
    },
    close: () => void socket.dispose(),
  };
}
