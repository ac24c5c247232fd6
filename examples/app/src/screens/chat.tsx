import { useState } from "preact/hooks";
import { useAction, useLive, useScreen } from "../api/hooks";
import { ChatChangedDocument, ChatDocument, SayDocument, UnsayDocument, type SaidFragment } from "../api/schema";
import { atMinute } from "../api/words";
import type { Space } from "../frame";
import { Log, ShowEarlier } from "../parts/log";
import { Face, Heading } from "../parts/page";
import { Loaded, Trouble } from "../parts/problem";
import { Say } from "../parts/say";

/** The chat room: live, and back in time page by page. */
export function Chat({ space }: { space: Space }) {
  const [missed, setMissed] = useState(0);
  useLive(ChatChangedDocument, { id: space.id }, ({ chatChanged }) => {
    if (chatChanged.__typename === "ChangesMissed") setMissed((times) => times + 1);
  });
  const { run, busy, problem } = useAction(SayDocument);
  const send = async (text: string, idempotencyKey: string): Promise<boolean> =>
    (await run({ input: { twinSpaceId: space.id, text, idempotencyKey } })) !== null;
  return (
    <>
      <Heading title="Chat">Chat</Heading>
      <Log key={missed} label="Messages">
        {(before, earlier) => <Stretch space={space} before={before} earlier={earlier} />}
      </Log>
      <Say send={send} busy={busy} problem={problem} />
    </>
  );
}

interface StretchProps {
  space: Space;
  before: string | null;
  earlier: ((cursor: string) => void) | null;
}

/** Thirty messages. Those that come are appended to the last stretch by the cache. */
function Stretch({ space, before, earlier }: StretchProps) {
  const screen = useScreen(ChatDocument, { id: space.id, before });
  return (
    <Loaded screen={screen}>
      {({ twinSpace }) =>
        twinSpace?.chat && (
          <>
            <ShowEarlier pageInfo={twinSpace.chat.pageInfo} earlier={earlier} />
            {twinSpace.chat.nodes.map((message) => (
              <Message key={message.id} message={message} />
            ))}
          </>
        )
      }
    </Loaded>
  );
}

function Message({ message }: { message: SaidFragment }) {
  const { id, author, byViewer, sentAt, permissions } = message;
  const { run, busy, problem } = useAction(UnsayDocument);
  return (
    <li class={byViewer ? "own" : ""} data-message={message.text}>
      <Face name={author.name} picture={author.picture} />
      <div class="bubble">
        <span class="hint">
          <strong>{author.name}</strong> <time dateTime={sentAt}>{atMinute(sentAt)}</time>
          {permissions.delete.allowed && (
            <button type="button" class="quiet" disabled={busy} onClick={() => run({ input: { messageId: id } })}>
              Delete<span class="unseen"> “{message.text}”</span>
            </button>
          )}
        </span>
        <p>{message.text}</p>
        <Trouble problem={problem} />
      </div>
    </li>
  );
}
