// How answers and events change the normalised cache. Objects with an ID are merged by it; what is
// here are the lists, which no ID leads to.

import type { Cache, CacheExchangeOpts, UpdateResolver } from "@urql/exchange-graphcache";

const parts = [
  ["Allowance", "MemberPermissions", "TwinSpacePermissions", "PagePermissions", "ChatMessagePermissions"],
  ["InvitationPermissions", "CustodyTransferPermissions", "MemberCounts", "NotificationCounts", "Notification"],
  ["MemberConnection", "PageConnection", "MediaConnection", "ChatMessageConnection", "InvitationConnection"],
  ["NotificationConnection", "PageInfo", "ProfilePicture", "PublishingGuidance", "TwinSpaceSettings"],
].flat();

/** Types without an ID of their own: they are part of the object that they were found in. */
export const keys: NonNullable<CacheExchangeOpts["keys"]> = {
  ...Object.fromEntries(parts.map((name) => [name, () => null])),
  // There is one viewer, whatever answer or event brings it.
  Viewer: () => "viewer",
};

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

/** Puts a message at the end of the chat room, once: it may come as an answer and as an event. */
function append(cache: Cache, space: string, id: unknown): void {
  const message = `ChatMessage:${String(id)}`;
  for (const { fieldName, fieldKey, arguments: given } of cache.inspectFields(space)) {
    const room = fieldName === "chat" && !given?.["before"] ? cache.resolve(space, fieldKey) : null;
    if (typeof room !== "string") continue;
    const nodes = cache.resolve(room, "nodes") as string[];
    if (!nodes.includes(message)) cache.link(room, "nodes", [...nodes, message]);
  }
}

const drop = (cache: Cache, __typename: string, id: unknown): void => cache.invalidate({ __typename, id: String(id) });

const idOf = (object: unknown): string | undefined => (object as { id: string } | null | undefined)?.id;

const signIn: UpdateResolver = (_result, _args, cache) => {
  cache.link("Query", "viewer", "Viewer:viewer");
};

export const updates: NonNullable<CacheExchangeOpts["updates"]> = {
  Mutation: {
    signIn,
    signInPupil: signIn,
    chooseTwinSpace(result, _args, cache) {
      const viewer = cache.resolve("Query", "viewer");
      const space = idOf((result["chooseTwinSpace"] as { twinSpace: unknown }).twinSpace);
      if (typeof viewer === "string" && space) cache.link(viewer, "twinSpace", `TwinSpace:${space}`);
    },
    inviteMember: (_result, args, cache) => forget(cache, spaceOfInput(args), "invitations"),
    invitePupils: (_result, args, cache) => forget(cache, spaceOfInput(args), "members", "memberCounts"),
    addMedia: (_result, args, cache) => forget(cache, spaceOfInput(args), "media"),
    sendChatMessage(result, args, cache) {
      const id = idOf((result["sendChatMessage"] as { message: unknown }).message);
      if (id) append(cache, spaceOfInput(args), id);
    },
  },
  Subscription: {
    membersChanged(result, args, cache) {
      const event = result["membersChanged"] as Event;
      const space = spaceOf(args);
      if (event.__typename === "InvitationChanged") forget(cache, space, "invitations");
      // MemberGone and ChangesMissed bring nothing. MemberChanged brings what changed of the member; but if
      // that is the user, then what they may do with all others has changed too.
      else if (event.__typename !== "MemberChanged") forget(cache, space, "members", "memberCounts");
      else if ((event["member"] as { isViewer: boolean } | null)?.isViewer)
        forget(cache, space, "members", "permissions");
    },
    pagesChanged(result, args, cache) {
      const event = result["pagesChanged"] as Event;
      if (event.__typename === "PageGone") drop(cache, "Page", event["pageId"]);
      if (event.__typename === "ChangesMissed") forget(cache, "Query", "page");
      forget(cache, spaceOf(args), "pages");
    },
    chatChanged(result, args, cache) {
      const event = result["chatChanged"] as Event;
      if (event.__typename === "ChatMessageSent") append(cache, spaceOf(args), idOf(event["message"]));
      else if (event.__typename === "ChatMessageDeleted") drop(cache, "ChatMessage", event["messageId"]);
      else forget(cache, spaceOf(args), "chat");
    },
    mediaChanged(_result, args, cache) {
      forget(cache, spaceOf(args), "media");
    },
    notificationsChanged(_result, _args, cache) {
      const viewer = cache.resolve("Query", "viewer");
      if (typeof viewer === "string") forget(cache, viewer, "notifications");
    },
  },
};
