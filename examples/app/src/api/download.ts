// A download in two steps: a mutation answers with a link, which works once, and only with the token.

import { SERVER } from "./client";
import * as session from "./session";

declare global {
  interface Window {
    /** Not in every browser: https://wicg.github.io/file-system-access/ */
    showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
}

export type Outcome = "saved" | "stopped" | "refused" | "broken";

/**
 * Saves what the link leads to. What is large is written to a file as it arrives, where the browser can do
 * that: it asks where to, and only as long as the click counts, hence before there is a link.
 */
export async function save(name: string, link: () => Promise<string | null>): Promise<Outcome> {
  let file: FileSystemFileHandle | undefined;
  try {
    file = await window.showSaveFilePicker?.({ suggestedName: name });
  } catch {
    return "stopped";
  }
  const url = await link();
  if (!url) return "refused";
  try {
    // The link has the address of the server for the world; here, it is where the app finds the API.
    const { pathname, search } = new URL(url);
    const headers = { Authorization: `Bearer ${session.token() ?? ""}` };
    const answer = await fetch(new URL(pathname + search, SERVER), { headers });
    if (!answer.ok || !answer.body) return "broken";
    if (file) await answer.body.pipeTo(await file.createWritable());
    else offer(name, await answer.blob());
    return "saved";
  } catch {
    // What was written is not the whole, and a new link is needed.
    return "broken";
  }
}

function offer(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
