// The three levels of errors, as docs/clients.md describes them: by code everywhere, by reason where
// the action is, by field in forms.

import type { CombinedError } from "@urql/core";
import type { ProblemCode } from "./schema";
import { isReason, reasonInWords } from "./words";

/** What is wrong with one field. */
export interface FieldProblem {
  /** What forms show a text for; servers that are newer than the app may have others. */
  readonly code: ProblemCode;
  /** The most and the least that would fit, if the code is about a number. */
  readonly max: number | null;
  readonly min: number | null;
  /** For developers. */
  readonly message: string;
}

export interface Problem {
  /** Level 1: what to do about it. `OFFLINE` if there was no answer at all. */
  readonly code: string;
  /** Level 2: why this action was refused. */
  readonly reason: string | null;
  /** Level 3: what is wrong with each field of the input, by its path. */
  readonly fields: Readonly<Record<string, FieldProblem>>;
  /** For people. */
  readonly message: string;
  /** Seconds to wait before trying again. */
  readonly retryAfter: number | null;
  /** For `CONSENT_MISSING`: the pupils whose consent is missing. */
  readonly memberIds: readonly string[];
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

/** As docs/errors.md describes it. */
type Told = FieldProblem & { field: string; max?: number; min?: number };

/** Of several problems of a field the first counts. */
function fieldsOf(problems: unknown): Record<string, FieldProblem> {
  const fields: Record<string, FieldProblem> = {};
  if (!Array.isArray(problems)) return fields;
  for (const { field, code, message, max = null, min = null } of problems as Told[])
    fields[field] ??= { code, message, max, min };
  return fields;
}

/** Makes a problem of an error. Of several errors the first counts. */
export function problemOf(error: CombinedError | undefined): Problem | null {
  if (!error) return null;
  const first = error.graphQLErrors[0];
  if (!first) {
    const message = "The server cannot be reached. Nothing that you wrote is lost.";
    return { code: "OFFLINE", reason: null, fields: {}, message, retryAfter: null, memberIds: [] };
  }
  const { code, reason, problems, retryAfter, memberIds } = first.extensions ?? {};
  const known = isReason(reason) ? reasonInWords(reason) : null;
  return {
    code: typeof code === "string" ? code : "INTERNAL_SERVER_ERROR",
    reason: typeof reason === "string" ? reason : null,
    fields: fieldsOf(problems),
    // The message of a limit has the seconds in it, which pass.
    message: code === "RATE_LIMITED" ? "That was too often." : (known ?? first.message),
    retryAfter: typeof retryAfter === "number" ? retryAfter : null,
    memberIds: strings(memberIds),
  };
}

/** Whether the same request may well succeed a little later. */
export const isPassing = ({ code }: Problem): boolean =>
  ["OFFLINE", "UNAVAILABLE", "TIMEOUT", "INTERNAL_SERVER_ERROR", "RATE_LIMITED"].includes(code);
