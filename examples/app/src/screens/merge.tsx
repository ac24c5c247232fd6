import { diff3Merge } from "node-diff3";
import { useMemo, useState } from "preact/hooks";
import type { PageTextFragment } from "../api/schema";
import { Form } from "../parts/form";
import { Heading } from "../parts/page";

interface Content {
  readonly title: string;
  readonly text: string;
}
type Choice = "mine" | "theirs" | "both";
interface Conflict {
  readonly mine: string;
  readonly theirs: string;
}
/** A stretch of text on which both agree, or a conflict. */
type Region = string | Conflict;

interface Props {
  /** What both began with. */
  base: Content;
  mine: Content;
  theirs: PageTextFragment;
  onMerged: (content: Content) => void;
}

function regionsOf(base: string, mine: string, theirs: string): Region[] {
  const merged = diff3Merge(mine.split("\n"), base.split("\n"), theirs.split("\n"), { excludeFalseConflicts: true });
  return merged.flatMap(({ ok, conflict }): Region[] => {
    if (ok) return [ok.join("\n")];
    return conflict ? [{ mine: conflict.a.join("\n"), theirs: conflict.b.join("\n") }] : [];
  });
}

const chosen = ({ mine, theirs }: Conflict, choice: Choice): string =>
  choice === "both" ? [theirs, mine].filter(Boolean).join("\n") : choice === "mine" ? mine : theirs;

/** Two people have edited the same page. What does not touch is merged; the rest is chosen. */
export function Merge({ base, mine, theirs, onMerged }: Props) {
  const regions = useMemo(() => regionsOf(base.text, mine.text, theirs.text), [base, mine.text, theirs.text]);
  const titles = useMemo(() => regionsOf(base.title, mine.title, theirs.title), [base, mine.title, theirs.title]);
  const [choices, setChoices] = useState<Readonly<Record<string, Choice>>>({});
  const all: readonly (readonly [key: string, region: Region])[] = [
    ...titles.map((region, index) => [`title-${index}`, region] as const),
    ...regions.map((region, index) => [`text-${index}`, region] as const),
  ];
  const open = all.filter(([key, region]) => typeof region !== "string" && !choices[key]).length;
  const join = (part: string, list: readonly Region[]): string =>
    list
      .map((region, index) =>
        typeof region === "string" ? region : chosen(region, choices[`${part}-${index}`] ?? "theirs"),
      )
      .join("\n");
  const who = theirs.editor?.name ?? "somebody else";
  const choose = (key: string) => (choice: Choice) => setChoices({ ...choices, [key]: choice });
  return (
    <Form
      onSubmit={() => onMerged({ title: join("title", titles), text: join("text", regions) })}
      class="merge"
      label="Put both together"
    >
      <Heading title="Two editors">You and {who} have both edited this page</Heading>
      <p class="note" role="alert">
        {who} saved version {theirs.version} while you were writing. Nothing is lost:{" "}
        {open > 0 ? "where both changed the same place, choose." : "look through it, and save."}
      </p>
      {all.map(([key, region]) =>
        typeof region === "string" ? (
          region.trim() !== "" && (
            <pre class="same" key={key}>
              {region}
            </pre>
          )
        ) : (
          <Clash key={key} name={key} who={who} conflict={region} choice={choices[key] ?? null} choose={choose(key)} />
        ),
      )}
      <div class="row">
        <button type="submit" disabled={open > 0}>
          Go on with this text
        </button>
        <span class="hint" role="status">
          {open === 0 ? "All is chosen" : open === 1 ? "1 place to choose" : `${open} places to choose`}
        </span>
      </div>
    </Form>
  );
}

interface ClashProps {
  name: string;
  who: string;
  conflict: Conflict;
  choice: Choice | null;
  choose: (choice: Choice) => void;
}

function Clash({ name, who, conflict, choice, choose }: ClashProps) {
  const sides: [Choice, string, string | null][] = [
    ["mine", "Mine", conflict.mine],
    ["theirs", who, conflict.theirs],
    ["both", "Both, one after the other", null],
  ];
  return (
    <fieldset class="clash">
      <legend>{name.startsWith("title") ? "The title" : "The same place"}</legend>
      {sides.map(([value, words, shown]) => (
        <label key={value} data-chosen={choice === value}>
          <span class="check">
            <input type="radio" name={name} value={value} checked={choice === value} onChange={() => choose(value)} />
            {words}
          </span>
          {shown !== null && <pre>{shown === "" ? "(removed)" : shown}</pre>}
        </label>
      ))}
    </fieldset>
  );
}
