import type { TypedDocumentNode } from "@urql/core";
import type { ComponentChildren } from "preact";
import { useAction } from "../api/hooks";
import * as api from "../api/schema";
import { countryName, newsInWords, onDay, ROLES } from "../api/words";
import { outside } from "../route";
import { Trouble } from "./problem";

type Notification = NonNullable<api.DesktopQuery["viewer"]>["notifications"]["nodes"][number];
type Subject = NonNullable<Notification["subject"]>;
type Answer = readonly [words: string, mutation: TypedDocumentNode<unknown, { id: string }>];

interface Entry {
  readonly words: ComponentChildren;
  readonly text?: string;
  readonly answers?: readonly Answer[];
  /** Where more can be done about it. */
  readonly place?: { readonly words: string; readonly href: string };
}

/** One thing that waits, and how to answer it. */
export function Waiting({ notification, answered }: { notification: Notification; answered: () => void }) {
  const { subject, since } = notification;
  if (!subject) return null;
  const { words, text, answers = [], place } = describe(subject, notification.kind);
  // An admission, which is answered elsewhere, has no ID of its own.
  const id = "id" in subject ? subject.id : "";
  return (
    <li class="card" data-kind={notification.kind}>
      <p>{words}</p>
      {text && <blockquote>{text}</blockquote>}
      <div class="row">
        <span class="hint">since {onDay(since)}</span>
        {place && <a href={place.href}>{place.words}</a>}
        {answers.map(([label, mutation]) => (
          <AnswerButton key={label} label={label} mutation={mutation} id={id} answered={answered} />
        ))}
      </div>
    </li>
  );
}

interface AnswerProps {
  label: string;
  mutation: TypedDocumentNode<unknown, { id: string }>;
  id: string;
  answered: () => void;
}

function AnswerButton({ label, mutation, id, answered }: AnswerProps) {
  const { run, busy, problem } = useAction(mutation);
  return (
    <>
      <button type="button" class="quiet" disabled={busy} onClick={async () => (await run({ id })) && answered()}>
        {label}
      </button>
      <Trouble problem={problem} />
    </>
  );
}

const name = (person: { name: string } | null | undefined): string => person?.name ?? "Somebody";

function describe(subject: Subject, kind: Notification["kind"]): Entry {
  switch (subject.__typename) {
    case "Invitation":
      return {
        words: (
          <>
            {name(subject.inviter)} invites you to <strong>{subject.projectTitle}</strong> as{" "}
            {ROLES[subject.role].toLowerCase()}.
          </>
        ),
        answers: [
          ["Accept", api.AcceptInvitationDocument],
          ["Decline", api.DeclineInvitationDocument],
        ],
      };
    case "Contact": {
      const { school } = subject.person;
      return {
        words: (
          <>
            <strong>{subject.person.name}</strong>
            {school && `, ${school.name}, ${countryName(school.country)},`} would like to be a contact of yours.
          </>
        ),
        answers: [
          ["Accept", api.AcceptContactDocument],
          ["Decline", api.DeclineContactDocument],
        ],
      };
    }
    case "Project":
      return {
        words: (
          <>
            {name(subject.proposer)} would like to found <strong>{subject.title}</strong> with you.
          </>
        ),
        answers: [
          ["Accept", api.AcceptProjectDocument],
          ["Decline", api.DeclineProjectDocument],
        ],
      };
    case "Message":
      return {
        words: (
          <>
            {subject.from.name} wrote to you{subject.messageSubject && `: ${subject.messageSubject}`}
          </>
        ),
        text: subject.text,
        place: { words: "Read and answer", href: outside("messages", subject.thread.id) },
        answers: [["Mark as read", api.MarkMessageReadDocument]],
      };
    case "PupilRequest":
      return {
        words: (
          <>
            {subject.askedBy.name} asks for your pupil <strong>{name(subject.requested)}</strong> in “{subject.projectTitle}”.
          </>
        ),
        answers: [
          ["Let in: a guardian consents", api.AcceptPupilRequestDocument],
          ["Decline", api.DeclinePupilRequestDocument],
        ],
      };
    case "CustodyTransfer": {
      const offered = subject.transfer === "OFFER";
      return {
        words: (
          <>
            {offered ? subject.from.name : subject.to.name} {offered ? "offers you" : "asks to take over"} the custody
            of <strong>{name(subject.pupil)}</strong> in “{subject.projectTitle}”.
          </>
        ),
        answers: [
          ...(subject.permissions.accept.allowed ? [["Accept", api.AcceptCustodyDocument] as Answer] : []),
          ...(subject.permissions.decline.allowed ? [["Decline", api.DeclineCustodyDocument] as Answer] : []),
        ],
      };
    }
    case "PupilNews":
      return {
        words: (
          <>
            {name(subject.actor)} {newsInWords(subject.act)} for your pupil <strong>{name(subject.pupil)}</strong>
            {subject.projectTitle && ` in “${subject.projectTitle}”`}.
          </>
        ),
        answers: [["Mark as read", api.MarkPupilNewsReadDocument]],
      };
    case "School":
      return {
        words: (
          <>
            {kind === "SCHOOL_CONFIRMED" ? "It is confirmed" : "It is no longer confirmed"} that you work at{" "}
            <strong>{subject.schoolName}</strong>.
          </>
        ),
        answers: [["Mark as read", api.MarkSchoolNewsReadDocument]],
      };
    case "Admission": {
      const { name: who, school } = subject.person;
      const from = school && ` of ${school.name} (${countryName(school.country)})`;
      return { words: `${who}${from ?? ""} would like to be admitted as a teacher.` };
    }
    case "Approval":
      return { words: `“${subject.project?.title}” waits for a decision (${countryName(subject.country)}).` };
    case "LabelApplication":
      return { words: `${name(subject.applicant)} applies for the quality label of “${subject.project?.title}”.` };
    case "Succession":
      return { words: `${subject.successor.name} is proposed as a founder of “${subject.project?.title}”.` };
    case "Report":
      return { words: `A message in “${subject.projectTitle}” was reported.`, text: subject.reportReason ?? "" };
  }
}
