// What screens use: one document to load, what happens meanwhile, and actions with their problems.

import type { AnyVariables, OperationContext, RequestPolicy, TypedDocumentNode } from "@urql/core";
import { useClient, useQuery, useSubscription } from "@urql/preact";
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useState } from "preact/hooks";
import type { Connection } from "./client";
import { problemOf, type Problem } from "./errors";

export const Connected = createContext<Connection | null>(null);

export interface Loading<Data> {
  readonly data: Data | undefined;
  readonly problem: Problem | null;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** Loads what a screen shows, and loads it again after an interruption. */
export function useScreen<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  options: { pause?: boolean; policy?: RequestPolicy } = {},
): Loading<Data> {
  const pause = options.pause ?? false;
  const [result, execute] = useQuery<Data, Variables>({
    query,
    variables,
    pause,
    requestPolicy: options.policy ?? "cache-and-network",
  } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const reload = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  const connection = useContext(Connected);
  useEffect(() => (pause ? undefined : connection?.onReturn(reload)), [connection, reload, pause]);
  return { data: result.data, problem: problemOf(result.error), loading: result.fetching || result.stale, reload };
}

/** Subscribes. The cache applies the events; `tell` hears of each as well. */
export function useLive<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  tell?: (event: Data) => void,
): Data | undefined {
  const [result] = useSubscription<Data, Data, Variables>(
    { query, variables } as Parameters<typeof useSubscription<Data, Data, Variables>>[0],
    (_before, event) => {
      tell?.(event);
      return event;
    },
  );
  return result.data;
}

/** The answer to a mutation that did not fail: no payload is null. */
export type Done<Data> = { readonly [Field in keyof Data]: NonNullable<Data[Field]> };

export interface Action<Data, Variables> {
  /** The answer, or null if there is a problem. */
  readonly run: (variables: Variables, context?: Partial<OperationContext>) => Promise<Done<Data> | null>;
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly clear: () => void;
}

/** A mutation, with what is wrong with it. */
export function useAction<Data, Variables extends AnyVariables>(
  mutation: TypedDocumentNode<Data, Variables>,
): Action<Data, Variables> {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = useCallback(
    async (variables: Variables, context?: Partial<OperationContext>) => {
      setBusy(true);
      setProblem(null);
      const { data, error } = await client.mutation(mutation, variables, context).toPromise();
      setBusy(false);
      setProblem(problemOf(error));
      return error || !data ? null : (data as Done<Data>);
    },
    [client, mutation],
  );
  return { run, busy, problem, clear: useCallback(() => setProblem(null), []) };
}
