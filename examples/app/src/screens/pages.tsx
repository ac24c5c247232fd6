import { useLive, useScreen } from "../api/hooks";
import { PagesChangedDocument, PagesDocument } from "../api/schema";
import { onDay, VISIBILITIES } from "../api/words";
import type { Space } from "../frame";
import { Export } from "../parts/export";
import { Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { link } from "../route";

/** The pages of a TwinSpace, in their order. */
export function Pages({ space }: { space: Space }) {
  useLive(PagesChangedDocument, { id: space.id });
  const screen = useScreen(PagesDocument, { id: space.id });
  return (
    <>
      <Heading title="Pages">Pages</Heading>
      <Loaded screen={screen}>
        {({ twinSpace }) =>
          twinSpace?.pages && (
            <ul class="cards">
              {twinSpace.pages.nodes.map(({ id, title, visibility, editedAt, editor }) => (
                <li key={id}>
                  <a class="card" href={link(space.id, "pages", id)}>
                    <strong>{title}</strong>
                    <span class="hint">
                      {editor ? `${editor.name}, ` : ""}
                      {onDay(editedAt)}
                    </span>
                    {visibility !== "MEMBERS" && <span class="tag">{VISIBILITIES[visibility]}</span>}
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {space.permissions.export.allowed && <Export space={space} />}
    </>
  );
}
