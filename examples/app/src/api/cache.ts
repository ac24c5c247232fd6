// How answers and events change the normalised cache. Objects with an ID are merged by it; what is
// here are the lists, which no ID leads to.

import type { Cache, CacheExchangeOpts, UpdateResolver } from "@urql/exchange-graphcache";

const parts = [
  ["Allowance", "MemberPermissions", "TwinSpacePermissions", "PagePermissions", "ChatMessagePermissions"],
  ["InvitationPermissions", "CustodyTransferPermissions", "MemberCounts", "NotificationCounts", "Notification"],
  ["MemberConnection", "PageConnection", "MediaConnection", "ChatMessageConnection", "InvitationConnection"],
  ["NotificationConnection", "NotificationCount", "PageInfo", "ProfilePicture", "PublishingGuidance"],
  ["TwinSpaceSettings", "ThreadConnection", "MessageConnection", "SchoolConfirmation", "Teacher", "TeacherPermissions"],
  ["Office", "OfficeTeacher", "OfficeTeacherConnection", "Server"],
].flat();

/** Types without an ID of their own: they are part of the object that they were found in. */
export const keys: NonNullable<CacheExchangeOpts["keys"]> = {
  ...Object.fromEntries(parts.map((name) => [name, () => null])),
  // There is one viewer, whatever answer or event brings it.
  Viewer: () => "viewer",
};

const VIEWER = "Viewer:viewer";

interface Delivered {
  readonly id: string;
  readonly thread: { readonly id: string };
}

interface Event {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

/** Has a list or a part of an object loaded again, whatever its arguments were, if it is on the screen. */
function forget(cache: Cache, key: string, ...fields: string[]): void {
  for (const { fieldName, arguments: given } of cache.inspectFields(key)) {
    if (fields.includes(fieldName)) cache.invalidate(key, fieldName, given ?? undefined);
  }
}

const spaceOf = (args: unknown): string => `TwinSpace:${(args as { twinSpaceId: string }).twinSpaceId}`;
const spaceOfInput = (args: unknown): string => spaceOf((args as { input: unknown }).input);

/** Changes the page of a list where something new belongs. What a filter leaves of it only the server knows. */
function edit(cache: Cache, key: string, field: string, change: (nodes: readonly string[]) => string[]): void {
  for (const { fieldName, fieldKey, arguments: given } of cache.inspectFields(key)) {
    if (fieldName !== field || given?.["before"]) continue;
    if (given?.["filter"]) {
      cache.invalidate(key, field, given);
      continue;
    }
    const list = cache.resolve(key, fieldKey);
    if (typeof list === "string") cache.link(list, "nodes", change(cache.resolve(list, "nodes") as string[]));
  }
}

/** Puts a message at the end of where it was said, once: it may come as an answer and as an event. */
const append = (cache: Cache, key: string, field: string, message: string): void =>
  edit(cache, key, field, (nodes) => (nodes.includes(message) ? [...nodes] : [...nodes, message]));

/** Puts a message at the end of its thread, and the thread, which may be new, before all others. */
function deliver(cache: Cache, message: Delivered | null): void {
  if (!message) return;
  const thread = `Thread:${message.thread.id}`;
  append(cache, thread, "messages", `Message:${message.id}`);
  edit(cache, VIEWER, "threads", (nodes) => [thread, ...nodes.filter((other) => other !== thread)]);
}

const drop = (cache: Cache, __typename: string, id: unknown): void => cache.invalidate({ __typename, id: String(id) });

const idOf = (object: unknown): string | undefined => (object as { id: string } | null | undefined)?.id;

const signIn: UpdateResolver = (_result, _args, cache) => {
  cache.link("Query", "viewer", VIEWER);
};

export const updates: NonNullable<CacheExchangeOpts["updates"]> = {
  Mutation: {
    signIn,
    signInPupil: signIn,
    chooseTwinSpace(result, _args, cache) {
      const space = idOf((result["chooseTwinSpace"] as { twinSpace: unknown }).twinSpace);
      if (space) cache.link(VIEWER, "twinSpace", `TwinSpace:${space}`);
    },
    inviteMember: (_result, args, cache) => forget(cache, spaceOfInput(args), "invitations"),
    invitePupils: (_result, args, cache) => forget(cache, spaceOfInput(args), "members", "memberCounts"),
    addMedia: (_result, args, cache) => forget(cache, spaceOfInput(args), "media"),
    sendChatMessage(result, args, cache) {
      const id = idOf((result["sendChatMessage"] as { message: unknown }).message);
      if (id) append(cache, spaceOfInput(args), "chat", `ChatMessage:${id}`);
    },
    sendMessage: (result, _args, cache) =>
      deliver(cache, (result["sendMessage"] as { message: Delivered | null }).message),
    // The lists of an officer; of a teacher, the answer brings all that has changed.
    confirmSchool: (_result, _args, cache) => forget(cache, "Query", "office"),
    withdrawSchoolConfirmation: (_result, _args, cache) => forget(cache, "Query", "office"),
  },
  Subscription: {
    membersChanged(result, args, cache) {
      const event = result["membersChanged"] as Event;
      const space = spaceOf(args);
      if (event.__typename === "InvitationChanged") forget(cache, space, "invitations");
      // MemberGone and ChangesMissed bring nothing. MemberChanged brings what changed of the member; but if
      // that is the user, then what they may do with all others has changed too.
      else if (event.__typename !== "MemberChanged") forget(cache, space, "members", "memberCounts");
      else {
        const member = event["member"] as { isViewer: boolean; person: { id: string } } | null;
        if (member?.isViewer) forget(cache, space, "members", "permissions");
        // And what may be done about a school, if that is what has changed, is asked by whoever shows it.
        if (member) forget(cache, `Person:${member.person.id}`, "teacher");
      }
    },
    pagesChanged(result, args, cache) {
      const event = result["pagesChanged"] as Event;
      if (event.__typename === "PageGone") drop(cache, "Page", event["pageId"]);
      if (event.__typename === "ChangesMissed") forget(cache, "Query", "page");
      forget(cache, spaceOf(args), "pages");
    },
    chatChanged(result, args, cache) {
      const event = result["chatChanged"] as Event;
      const id = idOf(event["message"]);
      if (event.__typename === "ChatMessageSent") {
        // Without a message, it has been deleted meanwhile.
        if (id) append(cache, spaceOf(args), "chat", `ChatMessage:${id}`);
      } else if (event.__typename === "ChatMessageDeleted") drop(cache, "ChatMessage", event["messageId"]);
      else forget(cache, spaceOf(args), "chat");
    },
    inboxChanged(result, _args, cache) {
      const event = result["inboxChanged"] as Event;
      const isNew = event.__typename === "MessageArrived" || event.__typename === "MessageSent";
      if (isNew) deliver(cache, event["message"] as Delivered | null);
      // MessageChanged and InboxRead bring the counts.
      if (event.__typename === "MessageGone") drop(cache, "Message", event["messageId"]);
      if (event.__typename === "MessageGone" || event.__typename === "InboxChangesMissed") {
        forget(cache, VIEWER, "threads");
        forget(cache, "Query", "node");
      }
    },
    mediaChanged(_result, args, cache) {
      forget(cache, spaceOf(args), "media");
    },
    notificationsChanged(_result, _args, cache) {
      forget(cache, VIEWER, "notifications");
    },
  },
};
