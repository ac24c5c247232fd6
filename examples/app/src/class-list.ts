// A class list as it is pasted: from a spreadsheet (tabs), a CSV file, or typed by hand.

import type { PupilRowInput, VerifyPupilsMutation } from "./api/schema";

export type Verdict = NonNullable<VerifyPupilsMutation["verifyPupils"]>["rows"][number];

export interface Row {
  readonly key: number;
  readonly givenName: string;
  readonly familyName: string;
  readonly role: "PUPIL" | "PUPIL_ADMIN";
  /** The username of an existing pupil, who is added instead of a new one. */
  readonly username: string | null;
  /** What the server says; null until it has seen the row as it is now. */
  readonly verdict: Verdict | null;
}

let keys = 0;

/** One pupil a line: the given name first, then the family name. */
export function parseList(list: string): Row[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split(/[\t;,]/).map((cell) => cell.trim());
      const [givenName = "", ...rest] = cells.length > 1 ? cells : line.split(/\s+/);
      const familyName = rest.filter(Boolean).join(" ");
      return { key: keys++, givenName, familyName, role: "PUPIL", username: null, verdict: null };
    });
}

export const toInput = ({ givenName, familyName, role, username }: Row): PupilRowInput =>
  username ? { username, role } : { givenName, familyName, role };

export const isReady = ({ verdict }: Row): boolean => verdict !== null && verdict.status !== "INVALID";
