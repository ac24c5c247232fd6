import type { MeFragment } from "../api/schema";
import { DesktopDocument, type AccountKind } from "../api/schema";
import { useScreen } from "../api/hooks";
import { ROLES } from "../api/words";
import { Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { Waiting } from "../parts/waiting";
import { link } from "../route";

interface Props {
  places: MeFragment["memberships"]["nodes"];
  kind: AccountKind;
  name: string;
}

/** What waits for the user, and where they can go. */
export function Desktop({ places, kind, name }: Props) {
  const screen = useScreen(DesktopDocument, {});
  return (
    <>
      <Heading title="Desktop">Hello, {name.split(" ")[0]}</Heading>
      <section aria-labelledby="spaces">
        <h2 id="spaces">Your TwinSpaces</h2>
        {places.length === 0 && <p class="hint">You are not in a TwinSpace yet.</p>}
        <ul class="cards">
          {places.map(({ id, role, twinSpace }) => (
            <li key={id}>
              <a class="card" href={link(twinSpace.id, "pages")}>
                <strong>{twinSpace.title}</strong>
                <span class="hint">
                  {ROLES[role]}
                  {twinSpace.state === "CLOSED" && ", closed"}
                </span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="waiting">
        <h2 id="waiting">{kind === "GUEST" ? "For you" : "Waiting for you"}</h2>
        <Loaded screen={screen}>
          {({ viewer }) =>
            viewer && viewer.notifications.totalCount > 0 ? (
              <ul class="waiting">
                {viewer.notifications.nodes.map((notification) => (
                  <Waiting
                    key={notification.since + notification.kind}
                    notification={notification}
                    answered={screen.reload}
                  />
                ))}
              </ul>
            ) : (
              <p class="hint">Nothing waits for you. Enjoy it.</p>
            )
          }
        </Loaded>
      </section>
    </>
  );
}
