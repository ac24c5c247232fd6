import { useState } from "preact/hooks";
import { useScreen } from "../api/hooks";
import { SchoolsDocument, type TeacherOfOfficeFragment } from "../api/schema";
import { countryName, onDay } from "../api/words";
import { Field, text } from "../parts/form";
import { Face, Heading } from "../parts/page";
import { Loaded } from "../parts/problem";
import { Confirming, School } from "../parts/school";
import { useDeferred } from "../parts/timing";

/** For officers: at which schools the teachers of the country or region say that they work. */
export function Schools() {
  const [search, setSearch] = useState("");
  const [confirmed, setConfirmed] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  const words = useDeferred(search);
  const show = (which: boolean): void => {
    setConfirmed(which);
    setDone(null);
  };
  const screen = useScreen(SchoolsDocument, { confirmed, search: words || null });
  return (
    <>
      <Heading title="Teachers">Teachers and their schools</Heading>
      <div class="filters" role="search" aria-label="Teachers">
        <Field label="Search" name="search">
          {(of) => <input {...of} type="search" value={search} onInput={(event) => setSearch(text(event))} />}
        </Field>
        <Field label="The school is" name="confirmed">
          {(of) => (
            <select {...of} value={String(confirmed)} onChange={(event) => show(text(event) === "true")}>
              <option value="false">not confirmed</option>
              <option value="true">confirmed</option>
            </select>
          )}
        </Field>
      </div>
      <div role="status">{done && <p class="done">{done}</p>}</div>
      <Loaded screen={screen}>
        {({ office }) =>
          office && (
            <>
              <p class="hint">
                {office.service.name}, {countryName(office.country)}:{" "}
                {office.teachers.totalCount === 1 ? "1 teacher" : `${office.teachers.totalCount} teachers`}
              </p>
              {office.teachers.nodes.length > 0 && (
                <ul class="list">
                  {office.teachers.nodes.map((teacher) => (
                    <Row
                      key={teacher.person.id}
                      teacher={teacher}
                      done={(what) => (what === null ? screen.reload() : setDone(what))}
                    />
                  ))}
                </ul>
              )}
            </>
          )
        }
      </Loaded>
    </>
  );
}

interface RowProps {
  teacher: TeacherOfOfficeFragment;
  done: (words: string | null) => void;
}

function Row({ teacher: { person, school, schoolConfirmation, permissions }, done }: RowProps) {
  return (
    <li data-teacher={person.name}>
      <Face name={person.name} picture={person.picture} />
      <div class="about">
        <strong>{person.name}</strong>
        {school && <School school={school} confirmed={schoolConfirmation !== null} />}
        {schoolConfirmation && (
          <span class="hint">
            {schoolConfirmation.confirmedBy && `by ${schoolConfirmation.confirmedBy.name} `}
            on {onDay(schoolConfirmation.confirmedAt)}
          </span>
        )}
      </div>
      <div class="state">
        {school && (
          <Confirming
            person={person}
            school={school}
            confirmed={schoolConfirmation !== null}
            permissions={permissions}
            done={done}
          />
        )}
      </div>
    </li>
  );
}
