import { useState } from "preact/hooks";
import { useAction, useLive, useScreen } from "../api/hooks";
import {
  InvitationsDocument,
  InviteMemberDocument,
  MembersChangedDocument,
  RevokeInvitationDocument,
  type PendingInvitationFragment,
  type TwinSpaceRole,
} from "../api/schema";
import { onDay, ROLE_HINTS, ROLES } from "../api/words";
import type { Space } from "../frame";
import { Choice, Field, Form, text } from "../parts/form";
import { Heading } from "../parts/page";
import { Loaded, Trouble } from "../parts/problem";
import { link } from "../route";

const OPTIONS = (["TEACHER", "TEACHER_ADMIN", "VISITOR"] as const).map((value) => ({
  value,
  label: ROLES[value],
  hint: ROLE_HINTS[value],
}));

/** Teachers and visitors are invited by their e-mail address, whether they have an account or not. */
export function Invite({ space }: { space: Space }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<TwinSpaceRole>("TEACHER");
  const [sent, setSent] = useState<string | null>(null);
  const { run, busy, problem } = useAction(InviteMemberDocument);
  const { permissions } = space;
  useLive(MembersChangedDocument, { id: space.id, lastAccess: permissions.seeLastAccess.allowed });
  const screen = useScreen(InvitationsDocument, { id: space.id });

  const submit = async (): Promise<void> => {
    setSent(null);
    const answer = await run({ input: { twinSpaceId: space.id, email, role } });
    if (!answer) return;
    setSent(answer.inviteMember.invitation?.email ?? email);
    setEmail("");
  };
  return (
    <>
      <a class="back" href={link(space.id, "members")}>
        Members
      </a>
      <Heading title="Invite by e-mail">Invite by e-mail</Heading>
      <Form onSubmit={submit} class="sheet" label="Invite by e-mail">
        <Field label="E-mail address" name="email" problem={problem}>
          {(of) => <input {...of} type="email" autocomplete="off" value={email} onInput={(e) => setEmail(text(e))} />}
        </Field>
        <Choice legend="Role" name="role" options={OPTIONS} value={role} onChange={setRole} />
        <Trouble problem={problem} retry={submit} />
        {sent && (
          <p class="done" role="status">
            An invitation to {sent} is on its way.
          </p>
        )}
        <button type="submit" disabled={busy}>
          Send the invitation
        </button>
      </Form>
      <section aria-labelledby="pending">
        <h2 id="pending">Not answered yet</h2>
        <Loaded screen={screen}>
          {({ twinSpace }) => {
            const pending = twinSpace?.invitations?.nodes.filter(({ state }) => state === "PENDING") ?? [];
            return pending.length ? (
              <ul class="list">
                {pending.map((invitation) => (
                  <Pending key={invitation.id} invitation={invitation} />
                ))}
              </ul>
            ) : (
              <p class="hint">No invitation is open.</p>
            );
          }}
        </Loaded>
      </section>
    </>
  );
}

function Pending({ invitation }: { invitation: PendingInvitationFragment }) {
  const { id, email, role, sentAt, inviter, undeliverableSince, permissions } = invitation;
  const { run, busy, problem } = useAction(RevokeInvitationDocument);
  return (
    <li data-email={email}>
      <div class="about">
        <strong>{email}</strong>
        <span class="hint">
          {ROLES[role]}, invited{inviter && ` by ${inviter.name}`} on {onDay(sentAt)}
        </span>
        {undeliverableSince && <span class="wrong">The mail did not arrive. Is the address right?</span>}
      </div>
      {permissions.revoke.allowed && (
        <button type="button" class="quiet small" disabled={busy} onClick={() => run({ id })}>
          Withdraw<span class="unseen"> the invitation to {email}</span>
        </button>
      )}
      <Trouble problem={problem} />
    </li>
  );
}
