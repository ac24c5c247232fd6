import { useEffect, useState } from "preact/hooks";
import { useLive, useScreen } from "../api/hooks";
import {
  MembersChangedDocument,
  MembersDocument,
  type CountsFragment,
  type MemberCardFragment,
  type MemberOrderField,
  type MembersQuery,
  type TwinSpaceRole,
} from "../api/schema";
import { isTelling, onDay, reasonInWords, ROLES } from "../api/words";
import type { Space } from "../frame";
import { Field, text } from "../parts/form";
import { Face, Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { School } from "../parts/school";
import { useDeferred, useRefresh } from "../parts/timing";
import { link } from "../route";
import { ChangeRole } from "./change-role";
import { Profile } from "./profile";

const SIZE = 20;
interface Place {
  readonly first?: number;
  readonly after?: string;
  readonly last?: number;
  readonly before?: string;
}
const START: Place = { first: SIZE };

/** The members: live, searched, filtered and ordered by the server, a page at a time. */
export function Members({ space }: { space: Space }) {
  const { permissions } = space;
  const lastAccess = permissions.seeLastAccess.allowed;
  const [search, setSearch] = useState("");
  const [role, setRole] = useState<TwinSpaceRole | "">("");
  const [online, setOnline] = useState(false);
  const [field, setField] = useState<MemberOrderField>("NAME");
  const [place, setPlace] = useState(START);
  const [changing, setChanging] = useState<MemberCardFragment | null>(null);
  const [shown, setShown] = useState<MemberCardFragment | null>(null);
  const words = useDeferred(search);
  // Cursors are of one filter and order only.
  useEffect(() => setPlace(START), [words, role, online, field]);

  // First subscribe, then load: what happens in between is not missed.
  useLive(MembersChangedDocument, { id: space.id, lastAccess });
  const screen = useScreen(MembersDocument, {
    id: space.id,
    filter: { search: words || null, roles: role ? [role] : null, online: online || null },
    order: { field, direction: field === "NAME" ? "ASC" : "DESC" },
    lastAccess,
    ...place,
  });
  // No event says who comes and goes.
  useRefresh(screen.reload);

  return (
    <>
      <div class="head">
        <Heading title="Members">Members</Heading>
        {permissions.invitePupils.allowed && (
          <a class="button" href={link(space.id, "class")}>
            Invite a class
          </a>
        )}
        {permissions.inviteAdults.allowed && (
          <a class="button quiet" href={link(space.id, "invite")}>
            Invite by e-mail
          </a>
        )}
      </div>
      <div class="filters" role="search" aria-label="Members">
        <Field label="Search" name="search">
          {(of) => <input {...of} type="search" value={search} onInput={(e) => setSearch(text(e))} />}
        </Field>
        <Field label="Role" name="role">
          {(of) => (
            <select {...of} value={role} onChange={(e) => setRole(text(e) as TwinSpaceRole | "")}>
              <option value="">All roles</option>
              {Object.entries(ROLES)
                .filter(([value]) => permissions.seePupils.allowed || !value.startsWith("PUPIL"))
                .map(([value, label]) => (
                  <option value={value}>{label}</option>
                ))}
            </select>
          )}
        </Field>
        <Field label="Order" name="order">
          {(of) => (
            <select {...of} value={field} onChange={(e) => setField(text(e) as MemberOrderField)}>
              <option value="NAME">By name</option>
              <option value="JOINED_AT">Newest first</option>
              {lastAccess && <option value="LAST_ACCESS">By last visit</option>}
            </select>
          )}
        </Field>
        {lastAccess && (
          <label class="check">
            <input type="checkbox" checked={online} onChange={(e) => setOnline(e.currentTarget.checked)} />
            Online now
          </label>
        )}
      </div>
      <Loaded screen={screen}>
        {({ twinSpace }) =>
          twinSpace?.members && (
            <>
              {twinSpace.memberCounts && <Counts counts={twinSpace.memberCounts} />}
              <List members={twinSpace.members} change={setChanging} show={setShown} setPlace={setPlace} />
            </>
          )
        }
      </Loaded>
      {changing && <ChangeRole member={changing} onClose={() => setChanging(null)} />}
      {shown && <Profile space={space} member={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function Counts({ counts }: { counts: CountsFragment }) {
  const shown: [string, number][] = [
    ["teachers", counts.teachers],
    ["pupils", counts.pupils],
    ["visitors", counts.visitors],
    ["online", counts.online],
  ];
  return (
    <dl class="counts">
      {shown.map(([words, count]) => (
        <div key={words} data-count={words}>
          <dd>{count}</dd>
          <dt>{count === 1 ? words.replace(/s$/, "") : words}</dt>
        </div>
      ))}
    </dl>
  );
}

type Connection = NonNullable<NonNullable<MembersQuery["twinSpace"]>["members"]>;
interface ListProps {
  members: Connection;
  change: (member: MemberCardFragment) => void;
  show: (member: MemberCardFragment) => void;
  setPlace: (place: Place) => void;
}

function List({ members: { nodes, totalCount, pageInfo }, change, show, setPlace }: ListProps) {
  const { startCursor, endCursor, hasNextPage, hasPreviousPage } = pageInfo;
  return (
    <>
      <p class="hint" role="status">
        {totalCount === 1 ? "1 member" : `${totalCount} members`}
      </p>
      <ul class="members">
        {nodes.map((member) => (
          <Card key={member.id} member={member} change={() => change(member)} show={() => show(member)} />
        ))}
      </ul>
      {(hasPreviousPage || hasNextPage) && (
        <nav class="row" aria-label="Pages of the list">
          <button
            type="button"
            class="quiet"
            disabled={!hasPreviousPage || !startCursor}
            onClick={() => startCursor && setPlace({ last: SIZE, before: startCursor })}
          >
            Previous
          </button>
          <button
            type="button"
            class="quiet"
            disabled={!hasNextPage || !endCursor}
            onClick={() => endCursor && setPlace({ first: SIZE, after: endCursor })}
          >
            Next
          </button>
        </nav>
      )}
    </>
  );
}

interface CardProps {
  member: MemberCardFragment;
  change: () => void;
  show: () => void;
}

function Card({ member, change, show }: CardProps) {
  const { name, role, kind, person, isFounder, isViewer, online, lastAccess, permissions } = member;
  const { allowed, reason } = permissions.changeRole;
  const why = isTelling(reason) ? reasonInWords(reason) : null;
  return (
    <li data-member={name}>
      <Face name={name} picture={member.picture} online={online} />
      <div class="about">
        <button type="button" class="plain" aria-haspopup="dialog" onClick={show}>
          {name}
          {isViewer && " (you)"}
        </button>
        <span class="hint">
          {ROLES[role]}
          {isFounder && ", founder"}
          {kind === "GUEST" && ", guest"}
          {kind === "PUPIL" && !role.startsWith("PUPIL") && ", pupil’s account"}
        </span>
        {person.school && <School school={person.school} confirmed={person.schoolConfirmed} />}
      </div>
      <div class="state">
        {online !== undefined && (
          <span class="hint">{online ? "online" : lastAccess ? `last here ${onDay(lastAccess)}` : "never here"}</span>
        )}
        {(allowed || why) && (
          <button type="button" class="quiet small" disabled={!allowed} onClick={change}>
            Change role<span class="unseen"> of {name}</span>
          </button>
        )}
        {why && <span class="hint why">{why}</span>}
      </div>
    </li>
  );
}
