import { useState } from "preact/hooks";
import { useAction } from "../api/hooks";
import { ChangeRoleDocument, type MemberCardFragment, type TwinSpaceRole } from "../api/schema";
import { ROLE_HINTS, ROLES } from "../api/words";
import { Choice, Dialog, Form } from "../parts/form";
import { Trouble } from "../parts/problem";

const OPTIONS = (Object.keys(ROLES) as TwinSpaceRole[]).map((value) => ({
  value,
  label: ROLES[value],
  hint: ROLE_HINTS[value],
}));

/** Offers every role: which of them may be given, only the server knows, and it says why not. */
export function ChangeRole({ member, onClose }: { member: MemberCardFragment; onClose: () => void }) {
  const [role, setRole] = useState(member.role);
  const [acknowledgePupil, setAcknowledged] = useState(false);
  const { run, busy, problem, clear } = useAction(ChangeRoleDocument);
  const submit = async (): Promise<void> => {
    if (await run({ input: { memberId: member.id, role, acknowledgePupil } })) onClose();
  };
  const choose = (chosen: TwinSpaceRole): void => {
    setRole(chosen);
    setAcknowledged(false);
    clear();
  };
  const asked = problem?.reason === "ACKNOWLEDGEMENT_NEEDED" || acknowledgePupil;
  return (
    <Dialog title={`The role of ${member.name}`} onClose={onClose}>
      <Form onSubmit={submit}>
        <Choice legend="In this TwinSpace" name="role" options={OPTIONS} value={role} onChange={choose} />
        {asked ? (
          <label class="check note">
            <input
              type="checkbox"
              checked={acknowledgePupil}
              onChange={(event) => setAcknowledged(event.currentTarget.checked)}
            />
            This is a pupil’s account. I want it to have a role that is not a pupil’s.
          </label>
        ) : null}
        {problem?.reason !== "ACKNOWLEDGEMENT_NEEDED" && <Trouble problem={problem} retry={submit} />}
        <div class="row">
          <button type="submit" disabled={busy || role === member.role || (asked && !acknowledgePupil)}>
            Save
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            Cancel
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
