import { Fragment, type ComponentChildren } from "preact";
import { useState } from "preact/hooks";

type Earlier = ((cursor: string) => void) | null;

interface LogProps {
  label: string;
  /** The messages before a cursor, or the last ones; `earlier` shows those before them. */
  children: (before: string | null, earlier: Earlier) => ComponentChildren;
}

/** What was said: from its end, and back in time stretch by stretch. The style keeps the end in sight. */
export function Log({ label, children }: LogProps) {
  const [befores, setBefores] = useState<readonly string[]>([]);
  return (
    <div class="chat" role="log" aria-label={label} tabIndex={0}>
      <ol>
        {[...befores, null].map((before, index) => (
          <Fragment key={before ?? "end"}>
            {children(before, index === 0 ? (cursor) => setBefores([cursor, ...befores]) : null)}
          </Fragment>
        ))}
      </ol>
    </div>
  );
}

interface ShowEarlierProps {
  pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
  earlier: Earlier;
}

export function ShowEarlier({ pageInfo: { hasPreviousPage, startCursor }, earlier }: ShowEarlierProps) {
  if (!earlier || !hasPreviousPage || !startCursor) return null;
  return (
    <li class="earlier">
      <button type="button" class="quiet small" onClick={() => earlier(startCursor)}>
        Show earlier messages
      </button>
    </li>
  );
}
