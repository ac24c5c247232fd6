import { useEffect, useRef } from "preact/hooks";
import type { Space } from "../frame";
import { link } from "../route";

interface Props {
  created: number;
  /** A page with a card for each new pupil: the passwords come once, and never again. */
  sheet: string | null;
  space: Space;
}

/** The sign-in cards. Nothing of them is kept: the cache of the client holds no mutation's answer. */
export function Cards({ created, sheet, space }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    if (!sheet) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [sheet]);
  return (
    <section aria-labelledby="cards">
      <p class="done" role="status">
        {created === 1 ? "1 pupil has a new account" : `${created} pupils have new accounts`}. All of the list are in{" "}
        {space.title}, or their teachers have been asked.
      </p>
      {sheet ? (
        <>
          <h2 id="cards">Their sign-in cards</h2>
          <p>
            Print them now: <strong>the passwords are shown this once.</strong> If a card is lost, the pupil’s teacher
            sets a new password.
          </p>
          <div class="row">
            <button type="button" onClick={() => frame.current?.contentWindow?.print()}>
              Print the cards
            </button>
            <a class="button quiet" href={link(space.id, "members")}>
              I have them
            </a>
          </div>
          <div class="cards-frame" role="region" aria-label="The cards" tabIndex={0}>
            <iframe
              ref={frame}
              class="cards-sheet"
              title="Sign-in cards"
              srcDoc={sheet}
              sandbox="allow-same-origin allow-modals"
            />
          </div>
        </>
      ) : (
        <p>Nobody needs a card: they keep their passwords.</p>
      )}
    </section>
  );
}
