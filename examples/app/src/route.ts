// The address of a screen is what follows the # in the URL, so that the built app needs no server
// that knows its paths. The links in mails (#verify=TOKEN and so on) are of another form.

import { useEffect, useState } from "preact/hooks";

export type Section = "members" | "invite" | "class" | "pages" | "chat" | "photos";
const SECTIONS: readonly string[] = ["members", "invite", "class", "pages", "chat", "photos"];

export interface Route {
  readonly space: string | null;
  readonly section: Section;
  /** The page, in the section of pages. */
  readonly item: string | null;
}

function parse(hash: string): Route {
  const [space, section = "pages", item] = /^#\/space\//.test(hash) ? hash.slice(8).split("/") : [];
  const known = SECTIONS.includes(section) ? (section as Section) : "pages";
  return { space: space ?? null, section: known, item: item ?? null };
}

export const link = (space: string, section: Section, item?: string): string =>
  `#/space/${space}/${section}${item ? `/${item}` : ""}`;

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = (): void => setHash(location.hash);
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return parse(hash);
}
