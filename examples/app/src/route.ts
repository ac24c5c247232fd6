// The address of a screen is what follows the # in the URL, so that the built app needs no server
// that knows its paths. The links in mails (#verify=TOKEN and so on) are of another form.

import { useEffect, useState } from "preact/hooks";

export type Section = "members" | "invite" | "class" | "pages" | "chat" | "photos";
const SECTIONS: readonly string[] = ["members", "invite", "class", "pages", "chat", "photos"];

/** A screen that is not in one TwinSpace. */
export type Outside = "messages" | "schools";
const OUTSIDE: readonly string[] = ["messages", "schools"];

export interface Route {
  readonly outside: Outside | null;
  readonly space: string | null;
  readonly section: Section;
  /** The page, in the section of pages; the thread, or the member to write to, among the messages. */
  readonly item: string | null;
}

function parse(hash: string): Route {
  const [first = "", ...rest] = hash.replace(/^#\//, "").split("/");
  if (OUTSIDE.includes(first))
    return { outside: first as Outside, space: null, section: "pages", item: rest[0] ?? null };
  const [space, section = "pages", item] = first === "space" ? rest : [];
  const known = SECTIONS.includes(section) ? (section as Section) : "pages";
  return { outside: null, space: space ?? null, section: known, item: item ?? null };
}

export const link = (space: string, section: Section, item?: string): string =>
  `#/space/${space}/${section}${item ? `/${item}` : ""}`;
export const outside = (screen: Outside, item?: string): string => `#/${screen}${item ? `/${item}` : ""}`;

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = (): void => setHash(location.hash);
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return parse(hash);
}
