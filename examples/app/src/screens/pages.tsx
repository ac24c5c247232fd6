import { useState } from "preact/hooks";
import { useAction, useLive, useScreen } from "../api/hooks";
import { CreatePageDocument, PagesChangedDocument, PagesDocument } from "../api/schema";
import { onDay, VISIBILITIES } from "../api/words";
import type { Space } from "../frame";
import { Field, Form, text } from "../parts/form";
import { Heading } from "../parts/page";
import { Loaded, Trouble } from "../parts/problem";
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
      {space.permissions.createPage.allowed && <Create space={space} />}
    </>
  );
}

function Create({ space }: { space: Space }) {
  const [title, setTitle] = useState("");
  const { run, busy, problem } = useAction(CreatePageDocument);
  const submit = async (): Promise<void> => {
    const answer = await run({ input: { twinSpaceId: space.id, title } });
    const page = answer?.createPage.page;
    if (page) location.hash = link(space.id, "pages", page.id);
  };
  return (
    <Form onSubmit={submit} class="sheet inline" label="A new page">
      <Field label="A new page" name="title" hint="A draft, until you share it" problem={problem}>
        {(of) => <input {...of} value={title} onInput={(event) => setTitle(text(event))} />}
      </Field>
      <button type="submit" class="quiet" disabled={busy}>
        Create
      </button>
      <Trouble problem={problem} retry={submit} />
    </Form>
  );
}
