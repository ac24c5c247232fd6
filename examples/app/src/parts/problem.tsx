import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isPassing, type Problem } from "../api/errors";
import { Heading } from "./page";

/** Seconds left, counted down. */
function useCountdown(from: number | null): number {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (from === null) return;
    setUntil(Date.now() + from * 1000);
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [from]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** Levels 1 and 2: what went wrong, and what can be done about it. */
export function Trouble({ problem, retry }: { problem: Problem | null; retry?: () => void }) {
  const wait = useCountdown(problem?.retryAfter ?? null);
  if (!problem) return null;
  // The fields say it themselves, each beside its input.
  if (problem.code === "BAD_USER_INPUT" && Object.keys(problem.fields).length > 0)
    return (
      <p class="trouble" role="alert">
        Please look at the marked fields.
      </p>
    );
  return (
    <div class="trouble" role="alert" data-code={problem.code} data-reason={problem.reason}>
      <p>
        {problem.message}
        {wait > 0 && ` You can try again in ${wait} s.`}
      </p>
      {retry && isPassing(problem) && (
        <button type="button" class="quiet" onClick={retry} disabled={wait > 0}>
          Try again
        </button>
      )}
    </div>
  );
}

interface LoadedProps<Data> {
  /** Whether it is all of the screen, which has no heading otherwise. */
  whole?: boolean;
  screen: { data: Data | undefined; problem: Problem | null; loading: boolean; reload: () => void };
  children: (data: Data) => ComponentChildren;
}

/** What was loaded; or that it is being loaded; or why it is not there. Refused fields spoil nothing. */
export function Loaded<Data>({ screen: { data, problem, loading, reload }, whole, children }: LoadedProps<Data>) {
  const missing = data === undefined || data === null;
  if (whole && missing && problem?.code === "NOT_FOUND") return <Gone />;
  return (
    <>
      {problem && (missing || isPassing(problem)) && <Trouble problem={problem} retry={reload} />}
      {missing ? !problem && loading && <p class="hint">Loading …</p> : children(data)}
    </>
  );
}

/** A screen for what is not there, or not for this user: to the API both are the same. */
export function Gone() {
  return (
    <>
      <Heading title="Not found">There is nothing here that you may see</Heading>
      <a href="#/">Back to the desktop</a>
    </>
  );
}
