import { useLive } from "./api/hooks";
import { ChooseTwinSpaceDocument, NotificationsChangedDocument, SignOutDocument, type MeFragment } from "./api/schema";
import * as session from "./api/session";
import { useAction } from "./api/hooks";
import { Face, Heading } from "./parts/page";
import { Gone, Trouble } from "./parts/problem";
import { link, outside, useRoute, type Section } from "./route";
import { Chat } from "./screens/chat";
import { Class } from "./screens/class";
import { Desktop } from "./screens/desktop";
import { Invite } from "./screens/invite";
import { Members } from "./screens/members";
import { Messages } from "./screens/messages";
import { PageScreen } from "./screens/page";
import { Pages } from "./screens/pages";
import { Photos } from "./screens/photos";
import { Schools } from "./screens/schools";

type Membership = MeFragment["memberships"]["nodes"][number];
export type Space = Membership["twinSpace"];

/** The frame around all screens of somebody who is signed in. */
export function Frame({ me }: { me: MeFragment }) {
  const route = useRoute();
  const live = useLive(NotificationsChangedDocument, {});
  const { total: waiting, byKind } = live?.notificationsChanged ?? me.notificationCounts;
  const unread = byKind.find(({ kind }) => kind === "MESSAGE")?.count ?? 0;
  const signOut = useAction(SignOutDocument);
  const places = me.memberships.nodes;
  const place = places.find(({ twinSpace }) => twinSpace.id === (route.space ?? me.twinSpace?.id));
  const pupil = me.kind === "PUPIL";
  const inside = route.space !== null || pupil;
  const choosing = pupil && !me.twinSpace;
  return (
    <>
      <header class="top">
        <a class="brand" href="#/">
          TwinSpace
        </a>
        <span class="who">
          <Face name={me.name} picture={me.picture} />
          <span class="name">{me.name}</span>
        </span>
        {places.length > 0 && !choosing && (
          <a class="post" href={outside("messages")} aria-current={route.outside === "messages" ? "page" : undefined}>
            <svg viewBox="0 0 24 18" aria-hidden="true">
              <path d="M1 1h22v16H1zl11 9 11-9" />
            </svg>
            <span class="word">Messages</span>
            {unread > 0 && (
              <span class="count">
                {unread}
                <span class="unseen"> unread</span>
              </span>
            )}
          </a>
        )}
        {waiting > 0 && !pupil && (
          <a class="badge" href="#/" aria-label={`${waiting} waiting for you`}>
            {waiting}
          </a>
        )}
        <button
          type="button"
          class="quiet"
          disabled={signOut.busy}
          onClick={() => signOut.run({}).then(() => session.end())}
        >
          Sign out
        </button>
      </header>
      {inside && place && <Sections space={place.twinSpace} current={route.outside ? null : route.section} />}
      <main>
        {choosing ? (
          <Choose places={places} />
        ) : route.outside === "messages" ? (
          <Messages item={route.item} />
        ) : route.outside === "schools" ? (
          me.kind === "OFFICER" ? (
            <Schools />
          ) : (
            <Gone />
          )
        ) : !inside ? (
          <Desktop places={places} kind={me.kind} name={me.name} />
        ) : place ? (
          <Inside space={place.twinSpace} section={route.section} item={route.item} key={place.twinSpace.id} />
        ) : (
          <Gone />
        )}
      </main>
    </>
  );
}

/** Only what the user may do there is offered: the server says what that is. */
function Sections({ space, current }: { space: Space; current: Section | null }) {
  const sections: [Section, string, boolean][] = [
    ["pages", "Pages", true],
    ["members", "Members", true],
    ["photos", "Photos", true],
    ["chat", "Chat", space.permissions.chat.allowed],
  ];
  const within: Partial<Record<Section, Section>> = { invite: "members", class: "members" };
  const shown = (current && within[current]) ?? current;
  return (
    <nav class="sections" aria-label={space.title}>
      <span class="title">{space.title}</span>
      <ul>
        {sections
          .filter(([, , allowed]) => allowed)
          .map(([section, words]) => (
            <li key={section}>
              <a href={link(space.id, section)} aria-current={section === shown ? "page" : undefined}>
                {words}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  );
}

function Inside({ space, section, item }: { space: Space; section: Section; item: string | null }) {
  const { inviteAdults, invitePupils, chat } = space.permissions;
  switch (section) {
    case "members":
      return <Members space={space} />;
    case "invite":
      return inviteAdults.allowed ? <Invite space={space} /> : <Gone />;
    case "class":
      return invitePupils.allowed ? <Class space={space} /> : <Gone />;
    case "chat":
      return chat.allowed ? <Chat space={space} /> : <Gone />;
    case "photos":
      return <Photos space={space} />;
    case "pages":
      return item ? <PageScreen space={space} id={item} key={item} /> : <Pages space={space} />;
  }
}

/** A pupil of several TwinSpaces chooses one first. */
function Choose({ places }: { places: readonly Membership[] }) {
  const choose = useAction(ChooseTwinSpaceDocument);
  return (
    <>
      <Heading title="Choose">Where do you want to go?</Heading>
      <Trouble problem={choose.problem} />
      <ul class="cards">
        {places.map(({ twinSpace }) => (
          <li key={twinSpace.id}>
            <button type="button" class="card" onClick={() => choose.run({ input: { twinSpaceId: twinSpace.id } })}>
              {twinSpace.title}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
