import type { TargetedMouseEvent } from "preact";
import { useState } from "preact/hooks";
import { useLive, useScreen } from "../api/hooks";
import { PageDocument, PagesChangedDocument, type PageTextFragment } from "../api/schema";
import { isTelling, onDay, reasonInWords, VISIBILITIES } from "../api/words";
import type { Space } from "../frame";
import { Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { link } from "../route";
import { Editor } from "./editor";

/** A page, to be read, and edited by those who may. */
export function PageScreen({ space, id }: { space: Space; id: string }) {
  // The version that the user began to edit. The cache may know a newer one by now.
  const [begun, setBegun] = useState<PageTextFragment | null>(null);
  useLive(PagesChangedDocument, { id: space.id });
  const screen = useScreen(PageDocument, { id });
  return (
    <>
      <a class="back" href={link(space.id, "pages")}>
        Pages
      </a>
      <Loaded screen={screen} whole>
        {({ page }) =>
          page &&
          (begun ? (
            <Editor begun={begun} latest={page} reload={screen.reload} onClose={() => setBegun(null)} />
          ) : (
            <Text page={page} edit={() => setBegun(page)} />
          ))
        }
      </Loaded>
    </>
  );
}

/** The notes of a text are reached without its own address changing, which is that of the screen. */
function follow(event: TargetedMouseEvent<HTMLElement>): void {
  const note = (event.target as Element).closest('a[href^="#"]')?.getAttribute("href");
  if (!note) return;
  event.preventDefault();
  document.getElementById(note.slice(1))?.scrollIntoView();
}

function Text({ page, edit }: { page: PageTextFragment; edit: () => void }) {
  const { title, html, version, author, editor, editedAt, visibility, permissions } = page;
  const { reason } = permissions.edit;
  const why = isTelling(reason) ? reasonInWords(reason) : null;
  return (
    <article>
      <div class="head">
        <Heading title={title}>{title}</Heading>
        {permissions.edit.allowed && (
          <button type="button" class="quiet" onClick={edit}>
            Edit
          </button>
        )}
      </div>
      <p class="hint">
        {author && `By ${author.name}, `}
        {editor && `last edited by ${editor.name} `}on {onDay(editedAt)}, version {version}
        {visibility !== "MEMBERS" && <span class="tag">{VISIBILITIES[visibility]}</span>}
      </p>
      {why && <p class="hint">{why}</p>}
      {/* The server has made it safe: no scripts, styles, forms or foreign images (docs/pages.md). */}
      <div class="prose" onClick={follow} dangerouslySetInnerHTML={{ __html: html }} />
    </article>
  );
}
