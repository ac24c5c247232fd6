import { useState } from "preact/hooks";
import { useAction, useLive, useScreen } from "../api/hooks";
import { ChatChangedDocument, ChatDocument, SayDocument, UnsayDocument, type SaidFragment } from "../api/schema";
import { atMinute } from "../api/words";
import type { Space } from "../frame";
import { Field, Form, text } from "../parts/form";
import { Face, Heading } from "../parts/page";
import { Loaded, Trouble } from "../parts/problem";

/** The chat room: from its end, live, and back in time page by page. */
export function Chat({ space }: { space: Space }) {
  const [befores, setBefores] = useState<readonly string[]>([]);
  useLive(ChatChangedDocument, { id: space.id }, ({ chatChanged }) => {
    if (chatChanged.__typename === "ChangesMissed") setBefores([]);
  });
  return (
    <>
      <Heading title="Chat">Chat</Heading>
      <div class="chat" role="log" aria-label="Messages" tabIndex={0}>
        <ol>
          {befores.map((before, index) => (
            <Stretch
              key={before}
              space={space}
              before={before}
              earlier={index === 0 ? (cursor) => setBefores([cursor, ...befores]) : null}
            />
          ))}
          <Stretch
            key="end"
            space={space}
            before={null}
            earlier={befores.length === 0 ? (cursor) => setBefores([cursor]) : null}
          />
        </ol>
      </div>
      <Say space={space} />
    </>
  );
}

interface StretchProps {
  space: Space;
  before: string | null;
  earlier: ((cursor: string) => void) | null;
}

/** Thirty messages. The style keeps the end in sight; messages that come are appended to the last stretch by the cache. */
function Stretch({ space, before, earlier }: StretchProps) {
  const screen = useScreen(ChatDocument, { id: space.id, before });
  return (
    <Loaded screen={screen}>
      {({ twinSpace }) => {
        const room = twinSpace?.chat;
        if (!room) return null;
        const { hasPreviousPage, startCursor } = room.pageInfo;
        return (
          <>
            {earlier && hasPreviousPage && startCursor && (
              <li class="earlier">
                <button type="button" class="quiet small" onClick={() => earlier(startCursor)}>
                  Show earlier messages
                </button>
              </li>
            )}
            {room.nodes.map((message) => (
              <Message key={message.id} message={message} />
            ))}
          </>
        );
      }}
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

function Say({ space }: { space: Space }) {
  const [words, setWords] = useState("");
  // One key for one message: if the answer is lost, it is sent again, and is there once.
  const [key, setKey] = useState(crypto.randomUUID());
  const { run, busy, problem } = useAction(SayDocument);
  const send = async (): Promise<void> => {
    if (words.trim() === "" || busy) return;
    if (!(await run({ input: { twinSpaceId: space.id, text: words, idempotencyKey: key } }))) return;
    setWords("");
    setKey(crypto.randomUUID());
  };
  return (
    <Form onSubmit={send} class="say" label="Write a message">
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
              void send();
            }}
          />
        )}
      </Field>
      <button type="submit" disabled={busy}>
        Send
      </button>
      <Trouble problem={problem} retry={send} />
    </Form>
  );
}
