import { useEffect } from "preact/hooks";
import { useAction, useScreen } from "../api/hooks";
import {
  ConversationDocument,
  EarlierMessagesDocument,
  MarkThreadReadDocument,
  WriteDocument,
  type AddresseeFragment,
  type LetterFragment,
  type StretchFragment,
} from "../api/schema";
import { atMinute, reasonInWords } from "../api/words";
import { Log, ShowEarlier } from "../parts/log";
import { Face, Heading } from "../parts/page";
import { Gone, Loaded } from "../parts/problem";
import { Say } from "../parts/say";
import { useSeen } from "../parts/timing";
import { outside } from "../route";

/** A thread; or, with the ID of a member, the beginning of one. */
export function Conversation({ id }: { id: string }) {
  const screen = useScreen(ConversationDocument, { id });
  return (
    <>
      <a class="back" href={outside("messages")}>
        Messages
      </a>
      <Loaded screen={screen} whole>
        {({ node }) =>
          node?.__typename === "Thread" ? (
            <>
              <Head name={node.person.name} picture={node.person.picture} place={node.twinSpace?.title} />
              <Letters thread={node} />
              <Answer to={node.member} />
            </>
          ) : node?.__typename === "Member" ? (
            <>
              <Head name={node.name} picture={node.picture} place={node.place.title} />
              <Answer to={node} begin />
            </>
          ) : (
            <Gone />
          )
        }
      </Loaded>
    </>
  );
}

interface HeadProps {
  name: string;
  picture: { url: string } | null;
  place: string | undefined;
}

function Head({ name, picture, place }: HeadProps) {
  return (
    <div class="head">
      <Face name={name} picture={picture} />
      <Heading title={name}>{name}</Heading>
      {place && <span class="hint">{place}</span>}
    </div>
  );
}

interface Thread {
  readonly id: string;
  readonly unreadCount: number;
  readonly person: { readonly id: string };
  readonly messages: StretchFragment;
}

function Letters({ thread: { id, unreadCount, person, messages } }: { thread: Thread }) {
  // What has been seen is read: up to the last message that is here, and only while the tab is looked at.
  const { run } = useAction(MarkThreadReadDocument);
  const seen = useSeen();
  const unread = unreadCount > 0;
  const last = messages.nodes.at(-1)?.id;
  useEffect(() => {
    if (seen && unread && last) void run({ threadId: id, upToMessageId: last });
  }, [seen, unread, last, id, run]);
  return (
    <Log label="Messages">
      {(before, earlier) =>
        before === null ? (
          <Lines stretch={messages} earlier={earlier} other={person.id} />
        ) : (
          <Before id={id} before={before} earlier={earlier} other={person.id} />
        )
      }
    </Log>
  );
}

interface LinesProps {
  stretch: StretchFragment;
  earlier: ((cursor: string) => void) | null;
  other: string;
}

function Lines({ stretch, earlier, other }: LinesProps) {
  return (
    <>
      <ShowEarlier pageInfo={stretch.pageInfo} earlier={earlier} />
      {stretch.nodes.map((letter) => (
        <Letter key={letter.id} letter={letter} own={letter.from.id !== other} />
      ))}
    </>
  );
}

function Before({ id, before, ...rest }: { id: string; before: string } & Omit<LinesProps, "stretch">) {
  const screen = useScreen(EarlierMessagesDocument, { id, before });
  return (
    <Loaded screen={screen}>
      {({ node }) => node && "messages" in node && <Lines stretch={node.messages} {...rest} />}
    </Loaded>
  );
}

function Letter({ letter: { subject, text, sentAt, from }, own }: { letter: LetterFragment; own: boolean }) {
  return (
    <li class={own ? "own" : ""} data-message={text}>
      <Face name={from.name} picture={from.picture} />
      <div class="bubble">
        <span class="hint">
          <strong>{from.name}</strong> <time dateTime={sentAt}>{atMinute(sentAt)}</time>
        </span>
        {subject && <p class="subject">{subject}</p>}
        <p>{text}</p>
      </div>
    </li>
  );
}

/** Where the next message is written, or why none can be. The first one leads to its thread. */
function Answer({ to, begin = false }: { to: AddresseeFragment | null; begin?: boolean }) {
  const { run, busy, problem } = useAction(WriteDocument);
  if (!to) return <p class="hint">One of you has left the TwinSpace: nobody can write here any more.</p>;
  const { allowed, reason } = to.permissions.contact;
  if (!allowed) return <p class="hint">{reasonInWords(reason) ?? "You may not write to this member."}</p>;
  const send = async (text: string, idempotencyKey: string): Promise<boolean> => {
    const message = (await run({ input: { memberId: to.id, text, idempotencyKey } }))?.sendMessage.message;
    if (message && begin) location.replace(outside("messages", message.thread.id));
    return message != null;
  };
  return <Say send={send} busy={busy} problem={problem} />;
}
