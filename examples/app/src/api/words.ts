// The words of the API in the language of the app.

import type { FieldProblem } from "./errors";
import type { Act, PageVisibility, ProblemCode, Reason, RowProblem, RowStatus, TwinSpaceRole } from "./schema";

export const ROLES: Readonly<Record<TwinSpaceRole, string>> = {
  TEACHER_ADMIN: "Teacher administrator",
  TEACHER: "Teacher",
  PUPIL_ADMIN: "Pupil administrator",
  PUPIL: "Pupil",
  VISITOR: "Visitor",
};

export const ROLE_HINTS: Readonly<Record<TwinSpaceRole, string>> = {
  TEACHER_ADMIN: "Manages members, pages and settings",
  TEACHER: "Looks after their own pupils, writes pages",
  PUPIL_ADMIN: "Writes pages of their own as drafts",
  PUPIL: "Edits the pages given to them, adds photos, chats",
  VISITOR: "May only look, and does not see the pupils",
};

export const VISIBILITIES: Readonly<Record<PageVisibility, string>> = {
  PUBLIC: "Everybody",
  MEMBERS: "Members",
  DRAFT: "Draft",
};

export const STATUSES: Readonly<Record<RowStatus, string>> = {
  CREATED: "New pupil",
  ATTACHED: "Will be added",
  REQUESTED: "Their teacher is asked",
  ALREADY_MEMBER: "Already a member",
  INVALID: "Please correct",
};

export const ROW_PROBLEMS: Readonly<Record<RowProblem, string>> = {
  UNCLEAR: "Either names or a username, not both",
  GIVEN_NAME_MISSING: "The given name is missing",
  FAMILY_NAME_MISSING: "The family name is missing; an initial is enough",
  NAME_NOT_PRINTABLE: "The name has a character that cannot be printed",
  NAME_TOO_LONG: "The name is longer than 100 characters",
  NAME_WITHOUT_LETTERS: "There is no letter in the name",
  PASSWORD_TOO_SHORT: "The password is too short",
  PASSWORD_TOO_LONG: "The password is too long",
  PASSWORD_WITHOUT_DIGIT: "The password needs a digit",
  PASSWORD_NOT_PRINTABLE: "The password has a character that cannot be printed",
  ROLE_NOT_A_PUPILS: "This is not a pupil's role",
  NO_SUCH_PUPIL: "No pupil has this username",
  SAME_PUPIL_TWICE: "The same pupil is in another row",
  ALREADY_REQUESTED: "Their teacher has been asked already",
  ASKED_LATELY: "Their teacher declined lately. Ask again in a few days",
  OTHER_ROWS_INVALID: "This row is right, but another is not",
};

/** What is wrong with a field, in the words of the app: with its number where the code has one. */
const PROBLEMS: Readonly<Record<ProblemCode, (problem: FieldProblem) => string>> = {
  MISSING: () => "Please fill this in",
  TOO_SHORT: ({ min }) => `At least ${min} characters, please`,
  TOO_LONG: ({ max }) => `At most ${max} characters, please`,
  TOO_MANY: ({ max }) => `At most ${max}, please`,
  OUT_OF_RANGE: ({ min, max }) => `A number from ${min} to ${max}, please`,
  TOO_LARGE: ({ max }) => (max ? `At most ${max / 2 ** 20} MB, please` : "This is too large to be shown"),
  DIGIT_MISSING: () => "It needs a digit",
  NOT_PRINTABLE: () => "There is a character that cannot be printed",
  MALFORMED: () => "This cannot be read. Is it complete?",
  UNKNOWN: () => "Please choose one that there is",
  UNSUPPORTED: () => "This kind is not possible here",
  NOT_ALLOWED: () => "Please choose another",
};

/** For codes of newer servers, the message of the server is shown. */
export const problemInWords = (problem: FieldProblem): string => PROBLEMS[problem.code]?.(problem) ?? problem.message;

/** Reasons in the words of the app. For the others, the message of the server is shown. */
const REASONS: Partial<Record<Reason, string>> = {
  FOUNDER_PROTECTED: "A founder’s role cannot be changed.",
  LAST_TEACHER_ADMIN: "A TwinSpace needs at least one teacher administrator.",
  NOT_YOUR_PUPIL: "You can do this only for pupils in your custody.",
  YOURSELF: "You cannot do this to yourself.",
  ROLE_ABOVE_OWN: "You cannot give a role above your own.",
  PROJECT_NOT_ACTIVE: "The project is closed: its TwinSpace can only be read.",
  CHAT_CLOSED: "The chat room is closed to pupils.",
  NOT_GIVEN: "You may edit only pages that were given to you.",
  ALREADY_MEMBER: "This person is already a member.",
  ALREADY_INVITED: "This person has been invited, and has not answered yet.",
  CONSENT_MISSING: "Consent to pictures is missing.",
  ANOTHER_SCHOOL: "Only a colleague at the same school, or its support service, can confirm it.",
  NOT_A_CONTACT: "This teacher is not a contact of yours.",
  SCHOOL_NOT_CONFIRMED: "Your own school must be confirmed first.",
  SCHOOL_CHANGED: "This teacher has named another school meanwhile.",
};

export const isReason = (value: unknown): value is Reason => typeof value === "string" && value in REASONS;
/** Reasons worth telling beforehand. With the others, which are those of a role, there is no button. */
export const isTelling = (reason: Reason | null): boolean =>
  reason === "FOUNDER_PROTECTED" || reason === "LAST_TEACHER_ADMIN" || reason === "NOT_GIVEN";
export const reasonInWords = (reason: Reason | null): string | null => (reason && REASONS[reason]) ?? null;

const NEWS: Partial<Record<Act, string>> = {
  CONSENT_RECORDED: "recorded a consent",
  CONSENT_WITHDRAWN: "withdrew a consent",
  MEMBER_REMOVED: "removed",
  MEMBER_ROLE_CHANGED: "changed the role",
  PUPIL_ATTACHED: "added",
  PUPIL_EDITED: "corrected the name",
};
export const newsInWords = (act: Act): string => NEWS[act] ?? act.toLowerCase().replaceAll("_", " ");

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const minute = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
export const onDay = (date: string): string => day.format(new Date(date));
export const atMinute = (date: string): string => minute.format(new Date(date));

const languages = new Intl.DisplayNames(["en"], { type: "language" });
export const languageName = (code: string): string => languages.of(code) ?? code;

const countries = new Intl.DisplayNames(["en"], { type: "region" });
export const countryName = (code: string): string => countries.of(code) ?? code;
