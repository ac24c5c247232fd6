import { useState } from "preact/hooks";
import { useAction } from "../api/hooks";
import { EditPageDocument, type PageTextFragment } from "../api/schema";
import { Field, Form, text } from "../parts/form";
import { Heading } from "../parts/page";
import { Trouble } from "../parts/problem";
import { Merge } from "./merge";

interface Props {
  begun: PageTextFragment;
  /** The page as it is now: another editor may have saved meanwhile. */
  latest: PageTextFragment;
  reload: () => void;
  onClose: () => void;
}

/** Writes a page. If somebody else has saved meanwhile, both texts are put together. */
export function Editor({ begun, latest, reload, onClose }: Props) {
  const [base, setBase] = useState(begun);
  const [title, setTitle] = useState(begun.title);
  const [words, setWords] = useState(begun.text);
  const { run, busy, problem, clear } = useAction(EditPageDocument);
  const stale = latest.version > base.version;
  const merging = problem?.reason === "STALE";

  const save = async (): Promise<void> => {
    const answer = await run({
      input: { pageId: base.id, expectedVersion: base.version, title, text: words },
    });
    if (answer) onClose();
    // After STALE the newer text is needed. If the subscription has brought it already, it is there.
    else reload();
  };

  if (merging && stale)
    return (
      <Merge
        base={base}
        mine={{ title, text: words }}
        theirs={latest}
        onMerged={(merged) => {
          setTitle(merged.title);
          setWords(merged.text);
          setBase(latest);
          clear();
        }}
      />
    );
  return (
    <Form onSubmit={save} label="Edit the page" class="editor">
      <Heading title={`Edit: ${begun.title}`}>Edit the page</Heading>
      {stale && (
        <p class="note" role="status">
          {latest.editor?.name ?? "Somebody"} has saved version {latest.version} meanwhile. When you save, you can put
          both together: nothing is lost.
        </p>
      )}
      <Field label="Title" name="title" problem={problem}>
        {(of) => <input {...of} value={title} onInput={(event) => setTitle(text(event))} />}
      </Field>
      <Field label="Text" name="text" hint="Markdown: **bold**, *italic*, - lists, | tables |" problem={problem}>
        {(of) => <textarea {...of} rows={16} value={words} onInput={(event) => setWords(text(event))} />}
      </Field>
      <Trouble problem={problem} retry={save} />
      <div class="row">
        <button type="submit" disabled={busy || merging}>
          Save
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Form>
  );
}
