import type { MeFragment } from "../api/schema";
import { DesktopDocument, type AccountKind, type DesktopQuery } from "../api/schema";
import { useScreen } from "../api/hooks";
import { onDay, ROLES } from "../api/words";
import { Heading } from "../parts/page";
import { Language } from "../parts/language";
import { Loaded } from "../parts/problem";
import { School } from "../parts/school";
import { Waiting } from "../parts/waiting";
import { link, outside } from "../route";

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
      {kind === "TEACHER" && screen.data?.viewer && <OwnSchool viewer={screen.data.viewer} />}
      {kind === "OFFICER" ? (
        <a class="button" href={outside("schools")}>
          Teachers and their schools
        </a>
      ) : (
        <Places places={places} />
      )}
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
      {screen.data?.viewer && (
        <Language current={screen.data.viewer.mailLanguage} all={screen.data.server.mailLanguages} />
      )}
    </>
  );
}

function Places({ places }: { places: Props["places"] }) {
  return (
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
  );
}

/** The user's own school: what others see of it, and who has confirmed it. */
function OwnSchool({ viewer: { school, schoolConfirmation } }: { viewer: NonNullable<DesktopQuery["viewer"]> }) {
  if (!school) return null;
  return (
    <p data-own-school>
      <School school={school} confirmed={schoolConfirmation !== null} />{" "}
      <span class="hint">
        {schoolConfirmation
          ? `by ${schoolConfirmation.confirmedBy?.name ?? "somebody"} on ${onDay(schoolConfirmation.confirmedAt)}`
          : "A colleague at your school who is a contact of yours, or your support service, can confirm it."}
      </span>
    </p>
  );
}
