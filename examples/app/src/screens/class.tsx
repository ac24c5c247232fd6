import { useState } from "preact/hooks";
import { useAction, useScreen } from "../api/hooks";
import { GuidanceDocument, InvitePupilsDocument, VerifyPupilsDocument, type ConsentGiver } from "../api/schema";
import { ROW_PROBLEMS, STATUSES } from "../api/words";
import { isReady, parseList, toInput, type Row } from "../class-list";
import type { Space } from "../frame";
import { Choice, Field, Form, text } from "../parts/form";
import { Guidance, Heading } from "../parts/page";
import { Trouble } from "../parts/problem";
import { link } from "../route";
import { Cards } from "./cards";

const MOST = 100;
const GIVERS = [
  { value: "GUARDIAN", label: "The parents or guardians" },
  { value: "PUPIL", label: "The pupils themselves", hint: "Where they are old enough to do so" },
] as const;

/** From a pasted list to printed cards: verify, correct, invite, print. */
export function Class({ space }: { space: Space }) {
  const [list, setList] = useState("");
  const [rows, setRows] = useState<readonly Row[]>([]);
  const [giver, setGiver] = useState<ConsentGiver | null>(null);
  // One key for one list: if the answer is lost, the same request can be sent again.
  const [key, setKey] = useState(crypto.randomUUID());
  const [sheet, setSheet] = useState<string | null>(null);
  const [invited, setInvited] = useState<number | null>(null);
  const { data } = useScreen(GuidanceDocument, {}, { policy: "cache-first" });
  const verify = useAction(VerifyPupilsDocument);
  const invite = useAction(InvitePupilsDocument);

  const check = async (checked: readonly Row[]): Promise<void> => {
    const answer = await verify.run({ input: { twinSpaceId: space.id, rows: checked.map(toInput) } });
    if (answer) setRows(checked.map((row, index) => ({ ...row, verdict: answer.verifyPupils.rows[index] ?? null })));
  };
  const change = (changed: Row, part: Partial<Row>): void => {
    setRows(rows.map((row) => (row === changed ? { ...row, verdict: null, ...part } : row)));
    setKey(crypto.randomUUID());
  };
  const submit = async (): Promise<void> => {
    if (!giver) return;
    const input = { twinSpaceId: space.id, rows: rows.map(toInput), consentGivenBy: giver, idempotencyKey: key };
    const answer = await invite.run({ input });
    if (!answer) return;
    const { createdCount, credentialSheet, rows: outcome } = answer.invitePupils;
    if (outcome.some(({ status }) => status === "INVALID")) return check(rows);
    setInvited(createdCount);
    setSheet(credentialSheet);
  };
  const ready = rows.length > 0 && rows.every(isReady);

  return (
    <>
      <a class="back" href={link(space.id, "members")}>
        Members
      </a>
      <Heading title="Invite a class">Invite a class</Heading>
      {invited !== null ? (
        <Cards created={invited} sheet={sheet} space={space} />
      ) : rows.length === 0 ? (
        <Form onSubmit={() => check(parseList(list))} class="sheet" label="The list">
          <Field
            label="The list of the class"
            name="rows"
            problem={verify.problem}
            hint={`One pupil a line, the given name first, at most ${MOST}. Initials are enough, and say less.`}
          >
            {(of) => <textarea {...of} rows={10} value={list} onInput={(e) => setList(text(e))} />}
          </Field>
          <Trouble problem={verify.problem} retry={() => check(parseList(list))} />
          <button type="submit" disabled={verify.busy || list.trim() === ""}>
            Check the list
          </button>
          <p class="hint">Nothing is written yet.</p>
        </Form>
      ) : (
        <>
          <Form onSubmit={() => check(rows)} label="Check the rows">
            <div class="rows">
              {rows.map((row, index) => (
                <Line
                  key={row.key}
                  row={row}
                  index={index}
                  change={change}
                  remove={() => setRows(rows.filter((r) => r !== row))}
                />
              ))}
            </div>
            <Trouble problem={verify.problem} retry={() => check(rows)} />
            <div class="row">
              <button type="submit" class={ready ? "quiet" : ""} disabled={verify.busy}>
                Check again
              </button>
              <button type="button" class="quiet" onClick={() => setRows([])}>
                Back to the list
              </button>
              <span class="hint" role="status">
                {rows.filter(isReady).length} of {rows.length} are right
              </span>
            </div>
          </Form>
          <Form onSubmit={submit} class="sheet" label="Invite">
            <Guidance guidance={data?.publishingGuidance} />
            <Choice
              legend="Who has consented to them taking part?"
              name="giver"
              options={GIVERS}
              value={giver}
              onChange={setGiver}
            />
            <Trouble problem={invite.problem} retry={submit} />
            <button type="submit" disabled={!ready || giver === null || invite.busy}>
              {`Invite ${rows.length === 1 ? "1 pupil" : `${rows.length} pupils`}`}
            </button>
          </Form>
        </>
      )}
    </>
  );
}

interface LineProps {
  row: Row;
  index: number;
  change: (row: Row, part: Partial<Row>) => void;
  remove: () => void;
}

function Line({ row, index, change, remove }: LineProps) {
  const { verdict } = row;
  const number = index + 1;
  const problems = verdict?.problems ?? [];
  const wrong = (part: string): boolean => problems.some((problem) => problem.startsWith(part));
  return (
    <fieldset class="line" data-status={verdict?.status ?? "UNSEEN"}>
      <legend class="unseen">Pupil {number}</legend>
      <input
        aria-label={`Given name of pupil ${number}`}
        aria-invalid={wrong("GIVEN") || wrong("NAME")}
        value={row.givenName}
        disabled={row.username !== null}
        onInput={(event) => change(row, { givenName: text(event) })}
      />
      <input
        aria-label={`Family name of pupil ${number}`}
        aria-invalid={wrong("FAMILY") || wrong("NAME")}
        value={row.familyName}
        disabled={row.username !== null}
        onInput={(event) => change(row, { familyName: text(event) })}
      />
      <select
        aria-label={`Role of pupil ${number}`}
        value={row.role}
        onChange={(event) => change(row, { role: text(event) as Row["role"] })}
      >
        <option value="PUPIL">Pupil</option>
        <option value="PUPIL_ADMIN">Pupil administrator</option>
      </select>
      <button type="button" class="quiet small" onClick={remove}>
        Remove<span class="unseen"> pupil {number}</span>
      </button>
      <div class="verdict">
        <span class="tag">{verdict ? STATUSES[verdict.status] : "Not checked"}</span>
        {verdict?.username && <code>{verdict.username}</code>}
        {problems.map((problem) => (
          <span class="wrong" key={problem}>
            {ROW_PROBLEMS[problem]}
          </span>
        ))}
        {verdict?.candidates.map(({ name, username }) => (
          <button type="button" class="quiet small" key={username} onClick={() => change(row, { username })}>
            It is {name} ({username}), who has an account
          </button>
        ))}
        {row.username && (
          <button type="button" class="quiet small" onClick={() => change(row, { username: null })}>
            No, a new pupil
          </button>
        )}
      </div>
    </fieldset>
  );
}
