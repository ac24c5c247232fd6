import { useEffect, useState } from "preact/hooks";
import { useAction } from "../api/hooks";
import { SignInDocument, SignInPupilDocument } from "../api/schema";
import { begin, whyEnded } from "../api/session";
import { Field, Form, text } from "../parts/form";
import { Trouble } from "../parts/problem";

/** Both sign-ins: adults have an e-mail address, pupils a username. */
export function SignIn() {
  const [pupil, setPupil] = useState(false);
  useEffect(() => void (document.title = "Sign in – TwinSpace"), []);
  const why = whyEnded();
  return (
    <main class="entry">
      <h1>TwinSpace</h1>
      <p class="lead">Two schools, one project, one place to work together.</p>
      {why && (
        <p class="note" role="status">
          {why}
        </p>
      )}
      <nav class="tabs" aria-label="Who signs in">
        <button type="button" aria-pressed={!pupil} onClick={() => setPupil(false)}>
          I am a teacher or a guest
        </button>
        <button type="button" aria-pressed={pupil} onClick={() => setPupil(true)}>
          I am a pupil
        </button>
      </nav>
      {pupil ? <Pupil /> : <Adult />}
    </main>
  );
}

function Adult() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { run, busy, problem } = useAction(SignInDocument);
  const submit = async (): Promise<void> => {
    const answer = await run({ input: { email, password } });
    if (answer) begin(answer.signIn.token);
  };
  return (
    <Form onSubmit={submit} class="sheet" label="Sign in with e-mail">
      <Field label="E-mail address" name="email" problem={problem}>
        {(of) => (
          <input {...of} type="email" autocomplete="username" value={email} onInput={(e) => setEmail(text(e))} />
        )}
      </Field>
      <Password value={password} onInput={setPassword} />
      <Trouble problem={problem} retry={submit} />
      <button type="submit" disabled={busy}>
        Sign in
      </button>
    </Form>
  );
}

function Pupil() {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const { run, busy, problem } = useAction(SignInPupilDocument);
  const submit = async (): Promise<void> => {
    const answer = await run({ input: { username, password } });
    if (answer) begin(answer.signInPupil.token);
  };
  return (
    <Form onSubmit={submit} class="sheet" label="Sign in with a username">
      <Field label="Username" name="username" hint="It is on your card, like maria.s.1" problem={problem}>
        {(of) => (
          <input
            {...of}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            value={username}
            onInput={(e) => setUsername(text(e))}
          />
        )}
      </Field>
      <Password value={password} onInput={setPassword} />
      <Trouble problem={problem} retry={submit} />
      <button type="submit" disabled={busy}>
        Sign in
      </button>
      <p class="hint">You forgot your password? Your teacher gives you a new one.</p>
    </Form>
  );
}

function Password({ value, onInput }: { value: string; onInput: (value: string) => void }) {
  return (
    <Field label="Password" name="password">
      {(of) => (
        <input
          {...of}
          type="password"
          autocomplete="current-password"
          value={value}
          onInput={(e) => onInput(text(e))}
        />
      )}
    </Field>
  );
}
