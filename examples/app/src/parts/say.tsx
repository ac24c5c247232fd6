import { useState } from "preact/hooks";
import type { Problem } from "../api/errors";
import { Field, Form, text } from "./form";
import { Trouble } from "./problem";

interface SayProps {
  /** Sends what was written, and says whether it was sent. */
  send: (words: string, idempotencyKey: string) => Promise<boolean>;
  busy: boolean;
  problem: Problem | null;
}

/** Where a message is written. */
export function Say({ send, busy, problem }: SayProps) {
  const [words, setWords] = useState("");
  // One key for one message: if the answer is lost, it is sent again, and is there once.
  const [key, setKey] = useState(crypto.randomUUID());
  const submit = async (): Promise<void> => {
    if (words.trim() === "" || busy) return;
    if (!(await send(words, key))) return;
    setWords("");
    setKey(crypto.randomUUID());
  };
  return (
    <Form onSubmit={submit} class="say" label="Write a message">
      <Field label="Message" name="text" hint="Enter sends, Shift+Enter begins a new line" problem={problem}>
        {(of) => (
          <textarea
            {...of}
            rows={2}
            value={words}
            onInput={(event) => setWords(text(event))}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              void submit();
            }}
          />
        )}
      </Field>
      <button type="submit" disabled={busy}>
        Send
      </button>
      <Trouble problem={problem} retry={submit} />
    </Form>
  );
}
