import { useLive, useScreen } from "../api/hooks";
import { InboxChangedDocument, ThreadsDocument, type ThreadRowFragment } from "../api/schema";
import { atMinute } from "../api/words";
import { Face, Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { outside } from "../route";
import { Conversation } from "./conversation";

/** The messages between the user and each other member: all threads, or one of them, live. */
export function Messages({ item }: { item: string | null }) {
  useLive(InboxChangedDocument, {});
  return item ? <Conversation id={item} key={item} /> : <Threads />;
}

function Threads() {
  const screen = useScreen(ThreadsDocument, {});
  return (
    <>
      <Heading title="Messages">Messages</Heading>
      <Loaded screen={screen}>
        {({ viewer }) =>
          viewer && viewer.threads.nodes.length > 0 ? (
            <ul class="list threads">
              {viewer.threads.nodes.map((thread) => (
                <Row key={thread.id} thread={thread} />
              ))}
            </ul>
          ) : (
            <p class="hint">Nobody has written to you yet. You can write to the members of a TwinSpace.</p>
          )
        }
      </Loaded>
    </>
  );
}

function Row({ thread: { id, person, twinSpace, latestMessage, unreadCount } }: { thread: ThreadRowFragment }) {
  return (
    <li data-thread={person.name} data-unread={unreadCount}>
      <Face name={person.name} picture={person.picture} />
      <a class="about" href={outside("messages", id)}>
        <strong>{person.name}</strong>
        {latestMessage && (
          <span class="start">
            {latestMessage.from.id !== person.id && "You: "}
            {latestMessage.text}
          </span>
        )}
        <span class="hint">
          {twinSpace?.title ?? "In a TwinSpace that you have left"}
          {latestMessage && `, ${atMinute(latestMessage.sentAt)}`}
        </span>
      </a>
      {unreadCount > 0 && <span class="count">{unreadCount} unread</span>}
    </li>
  );
}
