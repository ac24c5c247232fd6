// The messages of one member to another.

import assert from "node:assert/strict";
import { chapter } from "./browser.mjs";

const count = ({ page }) => page.locator(".top .post .count");
const thread = ({ page }, name) => page.locator(`[data-thread="${name}"]`);

async function unread(person) {
  const shown = count(person);
  return (await shown.count()) ? Number.parseInt(await shown.innerText(), 10) : 0;
}

/** Waits until the frame shows that so many messages are unread. */
const shows = (person, number) =>
  number > 0
    ? count(person)
        .getByText(new RegExp(`^${number}\\D*$`))
        .waitFor()
    : count(person).waitFor({ state: "detached" });

/** Opens a member's profile, and from there what has been written. */
async function writesTo(person, search, name) {
  await person.section("Members");
  await person.field("Search").fill(search);
  await person.button(new RegExp(`^${name}`)).click();
  await person.page.getByRole("dialog").getByRole("link", { name: "Write a message" }).click();
  await person.button("Send").waitFor();
}

const says = async (person, words) => {
  await person.field("Message").fill(words);
  await person.button("Send").click();
};

export async function messages({ zofia, angel }, pupil) {
  const before = await unread(zofia);
  const trips = await zofia.trips(async () => {
    await zofia.link(/^Messages/).click();
    await zofia.heading("Messages");
    await thread(zofia, "Ángel Cano Robles").waitFor();
  });
  assert.deepEqual(trips, ["Threads"]);
  assert.equal(await thread(zofia, "Ángel Cano Robles").getAttribute("data-unread"), "0");
  await zofia.look("messages");

  // Ángel goes on where they stopped: the thread is there before Zofia has opened it.
  await writesTo(angel, "zofia", "Zofia Wiśniewska");
  await angel.sees("Thursday at 10:00 is perfect.");
  await says(angel, "Is Friday all right, too?");
  await angel.page.locator('.own[data-message="Is Friday all right, too?"]').waitFor();
  await shows(zofia, before + 1);
  const first = zofia.page.locator("[data-thread]").first();
  await first.getByText("Is Friday all right, too?").waitFor();
  assert.equal(await first.getAttribute("data-thread"), "Ángel Cano Robles", "the newest thread is the first");
  assert.equal(await first.getAttribute("data-unread"), "1");
  await zofia.look("messages-unread");

  // What she has on her screen is read; what she answers is there at once.
  const opened = await zofia.trips(async () => {
    await thread(zofia, "Ángel Cano Robles").getByRole("link").click();
    await zofia.heading("Ángel Cano Robles");
    await zofia.sees("Is Friday all right, too?");
    await shows(zofia, before);
  });
  assert.deepEqual(opened, ["Conversation", "MarkThreadRead"]);
  await says(zofia, "Friday is even better.");
  await angel.page.locator('[data-message="Friday is even better."]').waitFor();
  assert.equal(await angel.page.locator('[data-message="Friday is even better."]').count(), 1);
  await zofia.look("conversation");

  // Łukasz has never written to her.
  await writesTo(pupil, "zofia", "Zofia Wiśniewska");
  await pupil.look("conversation-begun");
  await says(pupil, "I have found a cocoon!");
  await pupil.page.locator('.own[data-message="I have found a cocoon!"]').waitFor();
  await pupil.look("conversation-pupil");
  await shows(zofia, before + 1);
  await zofia.page.locator(".back").click();
  await zofia.page.locator('[data-thread="Łukasz Żółć"][data-unread="1"]').waitFor();
  await thread(zofia, "Łukasz Żółć").getByRole("link").click();
  await zofia.sees("I have found a cocoon!");
  await shows(zofia, before);
  await says(zofia, "Leave it there, and look again tomorrow.");
  await pupil.sees("Leave it there, and look again tomorrow.");
  await Promise.all([zofia.enters(), angel.enters()]);
  chapter("messages: a thread goes on, live both ways, another one begins, and what is unread is counted");
}
