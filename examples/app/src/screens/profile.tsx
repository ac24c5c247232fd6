import { useState } from "preact/hooks";
import { useScreen } from "../api/hooks";
import { ProfileDocument, type MemberCardFragment } from "../api/schema";
import { languageName, onDay, ROLES } from "../api/words";
import type { Space } from "../frame";
import { Dialog } from "../parts/form";
import { Face } from "../parts/page";
import { Loaded } from "../parts/problem";
import { Confirming, School } from "../parts/school";
import { outside } from "../route";

interface Props {
  space: Space;
  member: MemberCardFragment;
  onClose: () => void;
}

/** Who a member is. A colleague confirms their school here, and whoever may writes to them. */
export function Profile({ space, member, onClose }: Props) {
  const { id, name } = member;
  const [done, setDone] = useState<string | null>(null);
  const screen = useScreen(ProfileDocument, { memberId: id, personId: member.person.id, twinSpaceId: space.id });
  return (
    <Dialog title={name} onClose={onClose}>
      <Loaded screen={screen}>
        {({ node, viewer }) => {
          if (node?.__typename !== "Member") return <p class="hint">{name} has left.</p>;
          const { person, role, isFounder, joinedAt, profile, picture, permissions } = node;
          const { school, schoolConfirmed, teacher } = person;
          return (
            <>
              <div class="profile">
                <Face name={name} picture={picture} />
                <div class="about">
                  <span>
                    {ROLES[role]}
                    {isFounder && ", founder"}
                  </span>
                  {school && <School school={school} confirmed={schoolConfirmed} />}
                  <span class="hint">a member since {onDay(joinedAt)}</span>
                </div>
              </div>
              {profile && <p class="words">{profile}</p>}
              {teacher && teacher.subjects.length > 0 && <p class="hint">Teaches {teacher.subjects.join(", ")}</p>}
              {teacher && teacher.languages.length > 0 && (
                <p class="hint">Speaks {teacher.languages.map(languageName).join(", ")}</p>
              )}
              <div role="status">{done && <p class="done">{done}</p>}</div>
              {school && teacher && (
                <div class="row">
                  <Confirming
                    person={{ id: person.id, name }}
                    school={school}
                    confirmed={schoolConfirmed === true}
                    permissions={teacher.permissions}
                    done={(what) => (what === null ? screen.reload() : setDone(what))}
                  />
                </div>
              )}
              <div class="row">
                {permissions.contact.allowed && (
                  <a class="button" href={outside("messages", viewer?.threads.nodes[0]?.id ?? id)}>
                    Write a message
                  </a>
                )}
                <button type="button" class="quiet" onClick={onClose}>
                  Close
                </button>
              </div>
            </>
          );
        }}
      </Loaded>
    </Dialog>
  );
}
