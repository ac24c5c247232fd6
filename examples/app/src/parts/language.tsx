import { useAction } from "../api/hooks";
import { SetLanguageDocument } from "../api/schema";
import { languageName } from "../api/words";
import { Field, text } from "./form";
import { Trouble } from "./problem";

/** The language in which the server writes to the user: one of those in which it can. */
export function Language({ current, all }: { current: string; all: readonly string[] }) {
  const { run, busy, problem } = useAction(SetLanguageDocument);
  return (
    <section aria-labelledby="mails">
      <h2 id="mails">Mails</h2>
      <Field label="Language of your mails" name="mailLanguage" problem={problem}>
        {(of) => (
          <select {...of} value={current} disabled={busy} onChange={(e) => void run({ mailLanguage: text(e) })}>
            {all.map((code) => (
              <option value={code}>{languageName(code)}</option>
            ))}
          </select>
        )}
      </Field>
      <p class="hint" role="status">
        The server writes to you in {languageName(current)}.
      </p>
      <Trouble problem={problem} />
    </section>
  );
}
