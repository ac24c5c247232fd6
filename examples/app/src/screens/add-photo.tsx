import { useState } from "preact/hooks";
import { useAction, useScreen } from "../api/hooks";
import { AddPhotoDocument, PupilsToPictureDocument, RecordConsentDocument, type PicturedFragment } from "../api/schema";
import { upload, type Upload } from "../api/upload";
import type { Space } from "../frame";
import { Field, Form, text } from "../parts/form";
import { Trouble } from "../parts/problem";
import { useDeferred } from "../parts/timing";

/** A photo, who is in it, and whether they have consented; sent with its progress. */
export function AddPhoto({ space, onClose }: { space: Space; onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [pictured, setPictured] = useState<readonly PicturedFragment[]>([]);
  const [sending, setSending] = useState<Upload | null>(null);
  const [part, setPart] = useState(0);
  const { run, problem } = useAction(AddPhotoDocument);
  const missing = pictured.filter(({ id, mayBePictured }) => !mayBePictured || problem?.memberIds.includes(id));

  const submit = async (): Promise<void> => {
    if (!file) return;
    const sent = upload(setPart);
    setPart(0);
    setSending(sent);
    const input = { twinSpaceId: space.id, file, title, description, picturedIds: pictured.map(({ id }) => id) };
    const answer = await run({ input, pupils: space.permissions.seePupils.allowed }, sent.context);
    setSending(null);
    if (answer) onClose();
  };
  const replace = (fresh: readonly PicturedFragment[]): void =>
    setPictured(pictured.map((old) => fresh.find(({ id }) => id === old.id) ?? old));

  return (
    <Form onSubmit={submit} class="sheet" label="Add a photo">
      <Field
        label="Photo"
        name="file"
        hint="PNG, JPEG, GIF or WebP, up to 5 MiB. Where it was taken is removed."
        problem={problem}
      >
        {(of) => (
          <input {...of} type="file" accept="image/*" onChange={(e) => setFile(e.currentTarget.files?.[0] ?? null)} />
        )}
      </Field>
      <Field label="Title" name="title" problem={problem}>
        {(of) => <input {...of} value={title} onInput={(e) => setTitle(text(e))} />}
      </Field>
      <Field label="Description" name="description" hint="For people who cannot see it" problem={problem}>
        {(of) => <input {...of} value={description} onInput={(e) => setDescription(text(e))} />}
      </Field>
      <Who space={space} pictured={pictured} setPictured={setPictured} />
      {missing.length > 0 && <Missing pupils={missing} recorded={replace} />}
      {problem?.reason !== "CONSENT_MISSING" && <Trouble problem={problem} retry={submit} />}
      {sending && (
        <div class="row" role="status">
          <label>
            {part < 1 ? "Sending" : "Looking at it"}
            <progress max={1} value={part} />
          </label>
          <button type="button" class="quiet small" onClick={sending.abort}>
            Stop
          </button>
        </div>
      )}
      <div class="row">
        <button type="submit" disabled={!file || sending !== null || missing.length > 0}>
          Add it
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Form>
  );
}

interface WhoProps {
  space: Space;
  pictured: readonly PicturedFragment[];
  setPictured: (pupils: readonly PicturedFragment[]) => void;
}

/** Finds the pupils in the photo by name. */
function Who({ space, pictured, setPictured }: WhoProps) {
  const [search, setSearch] = useState("");
  const words = useDeferred(search.trim());
  const screen = useScreen(PupilsToPictureDocument, { id: space.id, search: words }, { pause: words === "" });
  const chosen = new Set(pictured.map(({ id }) => id));
  const found = words === "" ? [] : (screen.data?.twinSpace?.members?.nodes ?? []).filter(({ id }) => !chosen.has(id));
  return (
    <fieldset>
      <legend>Which pupils does it show?</legend>
      {pictured.length > 0 && (
        <ul class="chips">
          {pictured.map((pupil) => (
            <li key={pupil.id}>
              {pupil.name}
              <button
                type="button"
                class="quiet small"
                onClick={() => setPictured(pictured.filter((p) => p !== pupil))}
              >
                Remove<span class="unseen"> {pupil.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <label>
        Search by name; leave it empty if the photo shows none
        <input type="search" value={search} onInput={(e) => setSearch(text(e))} />
      </label>
      {found.length > 0 && (
        <ul class="found">
          {found.map((pupil) => (
            <li key={pupil.id}>
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  setPictured([...pictured, pupil]);
                  setSearch("");
                }}
              >
                {pupil.name}
                <span class="hint">
                  {pupil.school?.name}
                  {!pupil.mayBePictured && ", no consent to pictures"}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}

/** Consent comes before the photo. Who may record it does so here; others ask the pupil's teacher. */
function Missing({
  pupils,
  recorded,
}: {
  pupils: readonly PicturedFragment[];
  recorded: (fresh: readonly PicturedFragment[]) => void;
}) {
  const { run, busy, problem } = useAction(RecordConsentDocument);
  const names = pupils.map(({ name }) => name).join(", ");
  const may = pupils.every(({ permissions }) => permissions.recordConsent.allowed);
  const record = async (): Promise<void> => {
    const memberIds = pupils.map(({ id }) => id);
    const answer = await run({ input: { pupils: { memberIds }, scope: "PICTURES", givenBy: "GUARDIAN" } });
    if (answer?.recordConsent.members) recorded(answer.recordConsent.members);
  };
  return (
    <div class="note" role="alert">
      <p>
        Consent to pictures is missing: <strong>{names}</strong>.
      </p>
      {may ? (
        <button type="button" class="quiet" disabled={busy} onClick={record}>
          Their guardians have consented: record it
        </button>
      ) : (
        <p>Only their own teacher can record it. Ask them, or choose another photo.</p>
      )}
      <Trouble problem={problem} retry={record} />
    </div>
  );
}
