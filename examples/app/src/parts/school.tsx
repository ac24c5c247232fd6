import { useAction } from "../api/hooks";
import {
  ConfirmSchoolDocument,
  WithdrawSchoolConfirmationDocument,
  type MayConfirmFragment,
  type SchoolLineFragment,
} from "../api/schema";
import { countryName, reasonInWords } from "../api/words";
import { Trouble } from "./problem";

/** A school, and whether it is confirmed that the teacher works there. Of pupils, nobody asks that. */
export function School({ school, confirmed }: { school: SchoolLineFragment; confirmed: boolean | null }) {
  return (
    <span class="hint">
      {school.name}, {school.town}, {countryName(school.country)}{" "}
      {confirmed !== null && (
        <span class="tag" data-confirmed={confirmed}>
          {confirmed ? "confirmed" : "not confirmed"}
        </span>
      )}
    </span>
  );
}

interface ConfirmingProps {
  person: { readonly id: string; readonly name: string };
  school: SchoolLineFragment;
  confirmed: boolean;
  permissions: MayConfirmFragment;
  /** Called with what was done; or with nothing if it was refused, because what is shown may be old. */
  done: (words: string | null) => void;
}

/** Confirms that a teacher works at the school that is shown, or takes that back, as far as the user may. */
export function Confirming({ person, school, confirmed, permissions, done }: ConfirmingProps) {
  const confirm = useAction(ConfirmSchoolDocument);
  const withdraw = useAction(WithdrawSchoolConfirmationDocument);
  const { confirmSchool: may, withdrawSchoolConfirmation: mayWithdraw } = permissions;
  const input = { personId: person.id, schoolId: school.id };
  // Whoever could do something about it is told what; a button that never works is none.
  const curable = may.reason === "NOT_A_CONTACT" || may.reason === "SCHOOL_NOT_CONFIRMED";
  const why = curable || may.reason === "ANOTHER_SCHOOL" ? reasonInWords(may.reason) : null;
  return (
    <>
      {!confirmed && (may.allowed || curable) && (
        <button
          type="button"
          class="small"
          disabled={!may.allowed || confirm.busy}
          onClick={async () =>
            done((await confirm.run({ input })) && `It is confirmed that ${person.name} works at ${school.name}.`)
          }
        >
          Confirm the school<span class="unseen"> of {person.name}</span>
        </button>
      )}
      {mayWithdraw.allowed && (
        <button
          type="button"
          class="quiet small"
          disabled={withdraw.busy}
          onClick={async () =>
            done(
              (await withdraw.run({ input })) &&
                `It is no longer confirmed that ${person.name} works at ${school.name}.`,
            )
          }
        >
          Withdraw the confirmation<span class="unseen"> of {person.name}’s school</span>
        </button>
      )}
      {!confirmed && why && <p class="hint why">{why}</p>}
      <Trouble problem={confirm.problem ?? withdraw.problem} />
    </>
  );
}
