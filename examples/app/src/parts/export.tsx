import { useState } from "preact/hooks";
import { save, type Outcome } from "../api/download";
import { useAction } from "../api/hooks";
import { ExportTwinSpaceDocument } from "../api/schema";
import type { Space } from "../frame";
import { Trouble } from "./problem";

/** What a file name may have on every computer. */
const fileName = (title: string): string => `${title.replace(/[^\p{L}\p{N} .-]/gu, "").trim() || "TwinSpace"}.zip`;

/** The whole TwinSpace in one file, for those who may have it. */
export function Export({ space }: { space: Space }) {
  const action = useAction(ExportTwinSpaceDocument);
  const [outcome, setOutcome] = useState<Outcome | "running" | null>(null);
  const run = async (): Promise<void> => {
    setOutcome("running");
    const link = async (): Promise<string | null> => {
      const done = await action.run({ twinSpaceId: space.id });
      return done?.exportTwinSpace.url ?? null;
    };
    setOutcome(await save(fileName(space.title), link));
  };
  return (
    <section aria-labelledby="export">
      <h2 id="export">Export</h2>
      <p class="hint">All pages, the diary and the media in one file, as web pages that need no server.</p>
      <button type="button" class="quiet" disabled={outcome === "running"} onClick={() => void run()}>
        Export the TwinSpace
      </button>
      <div role="status">
        {outcome === "running" && <p class="hint">The file is being made …</p>}
        {outcome === "saved" && <p class="done">The TwinSpace has been saved.</p>}
      </div>
      <Trouble problem={action.problem} />
      {outcome === "broken" && (
        <p class="trouble" role="alert">
          The download broke off: the file is incomplete. Please try again.
        </p>
      )}
    </section>
  );
}
