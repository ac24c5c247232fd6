// Uses the built app as its people would, against a server that `twinspace demo` has just filled:
//
//     node story.mjs URL [FOLDER]
//
// Each screen is looked at with axe at 1280 and at 390 pixels; the screenshots go into the folder.
// It waits for what is to be seen, and for nothing else. It changes the data of the demo.

import assert from "node:assert/strict";
import { open, Person } from "./story/browser.mjs";
import { meadow } from "./story/picture.mjs";

const [url, folder] = process.argv.slice(2);
if (!url) {
  console.error("usage: node story.mjs URL [FOLDER]");
  process.exit(2);
}
const PROJECT = "Bees across borders";
const chapter = (words) => console.log(`story: ${words}`);

const stage = await open(url, folder);
const [zofia, angel, oona, soren] = await Promise.all(
  ["Zofia", "Ángel", "Oona", "Søren"].map((name) => Person.arrives(stage, name)),
);
try {
  await signIns();
  await desktop();
  await members();
  await roles();
  await invitation();
  const card = await schoolClass();
  const pupil = await newPupil(card);
  await twoEditors();
  await chat(pupil);
  await photo(pupil);
  await visitor();
  await errors(pupil);
  await Promise.all([zofia, angel, oona, soren, pupil].map((person) => person.leaves()));
  console.log(`story: told, with ${stage.shots} screens looked at twice`);
} catch (error) {
  for (const { name, page, problems } of [zofia, angel, oona, soren]) {
    if (page.isClosed()) continue;
    console.error(`${name} sees ${page.url()}`, problems, (await page.innerText("body")).slice(0, 600));
  }
  throw error;
} finally {
  await stage.close();
}

async function signIns() {
  await zofia.look("sign-in");
  await zofia.button("I am a pupil").click();
  await zofia.field("Username").waitFor();
  await zofia.look("sign-in-pupil");

  await zofia.signIn("zofia@demo.example", "not the password 1");
  await zofia.page.locator('[data-code="INVALID_CREDENTIALS"]').waitFor();
  await zofia.look("sign-in-wrong");
  const trips = await zofia.trips(async () => {
    await zofia.signIn("zofia@demo.example");
    await zofia.heading("Hello, Zofia");
    await zofia.sees("Rivers without borders");
  });
  assert.deepEqual(trips, ["SignIn", "Desktop"]);
  chapter("both sign-ins; a wrong password is refused, the right one leads to the desktop in two round trips");
}

async function desktop() {
  await zofia.look("desktop");
  const request = zofia.page.locator('[data-kind="CONTACT_REQUEST"]');
  const badge = zofia.page.locator(".badge");
  const before = Number(await badge.innerText());
  await request.getByRole("button", { name: "Accept" }).click();
  await request.waitFor({ state: "detached" });
  await badge.getByText(String(before - 1), { exact: true }).waitFor();

  // Zofia lets a pupil of hers into a second TwinSpace: there is one to be chosen from then on.
  const asked = zofia.page.locator('[data-kind="PUPIL_REQUEST"]').filter({ hasText: "Jakub Kowalczyk" });
  await asked.getByRole("button", { name: /^Let in/ }).click();
  await asked.waitFor({ state: "detached" });
  const jakub = await Person.arrives(stage, "Jakub");
  await jakub.signIn("jakub.kowalczyk.1");
  await jakub.heading("Where do you want to go?");
  await jakub.look("pupil-chooses");
  await jakub.button("Postcards from the kitchen garden").click();
  await jakub.heading("Pages");
  await jakub.page.reload();
  await jakub.page.getByRole("navigation", { name: "Postcards from the kitchen garden" }).waitFor();
  await jakub.leaves();

  await soren.signIn("soren@demo.example");
  await soren.heading("Hello, Søren");
  await soren.look("desktop-without-news");
  chapter("the desktop: a contact is accepted; a pupil is let into a second TwinSpace, and chooses");
}

async function members() {
  const count = (words) => zofia.page.locator(`[data-count="${words}"] dd`);
  await zofia.link(new RegExp(PROJECT)).click();
  await zofia.heading("Pages");
  const trips = await zofia.trips(async () => {
    await zofia.section("Members");
    await count("pupils").waitFor();
  });
  assert.deepEqual(trips, ["Members"], "the members page is one round trip");
  await zofia.look("members");
  await zofia.button("Next").click();
  const first = zofia.page.locator('[data-member="Æggert Aagaard"]');
  await first.waitFor({ state: "detached" });
  await zofia.button("Previous").click();
  await first.waitFor();

  await zofia.field("Search").fill("horvath");
  await zofia.sees("Gabriela Horváthová");
  await zofia.sees("1 member");
  await zofia.field("Search").fill("");
  await zofia.field("Role").selectOption("VISITOR");
  await zofia.sees("Oona Mäkinen");
  const row = zofia.page.locator('[data-member="Oona Mäkinen"]');
  await row.locator('[data-online="false"]').waitFor();
  const online = Number(await count("online").innerText());

  // Oona comes, and Zofia returns to her tab.
  await oona.signIn("oona@demo.example");
  await oona.heading("Hello, Oona");
  await oona.link(new RegExp(PROJECT)).click();
  await oona.sees("Welcome");
  await zofia.page.evaluate(() => dispatchEvent(new Event("focus")));
  await row.locator('[data-online="true"]').waitFor();
  await count("online")
    .getByText(String(online + 1), { exact: true })
    .waitFor();
  await zofia.look("members-live");
  await zofia.field("Online now").check();
  await zofia.field("Role").selectOption("");
  await zofia.sees("Zofia Wiśniewska (you)");
  await zofia.field("Online now").uncheck();
  chapter("the members page: counts, search, filters, and a visitor who has come is online");
}

async function roles() {
  // A founder's role is not to be changed: the button says so beforehand.
  await soren.link(new RegExp(PROJECT)).click();
  await soren.section("Members");
  await soren.field("Search").fill("zofia");
  const founder = soren.page.locator('[data-member="Zofia Wiśniewska"]');
  await founder.getByText("A founder’s role cannot be changed.").waitFor();
  assert.ok(await founder.getByRole("button", { name: "Change role" }).isDisabled());
  await soren.look("role-refused-beforehand");

  // A pupil's account as a teacher: only if that is really meant.
  const dialog = zofia.page.getByRole("dialog");
  await zofia.field("Search").fill("zuzanna nowak");
  await zofia
    .button(/^Change role of Zuzanna Nowak/)
    .first()
    .click();
  await dialog.locator('input[value="TEACHER"]').check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("This is a pupil’s account.").waitFor();
  assert.ok(await dialog.getByRole("button", { name: "Save" }).isDisabled());
  await zofia.look("role-of-a-pupil");
  await zofia.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await zofia.page.locator("button:focus").getByText("Change role of Zuzanna Nowak").waitFor();

  // Søren begins to change a role; Zofia lowers Søren meanwhile; the server refuses.
  await soren.field("Search").fill("gabriela");
  await soren.button(/^Change role of Gabriela/).click();
  await soren.page
    .getByRole("dialog")
    .getByLabel(/^Visitor/)
    .check();
  await zofia.field("Search").fill("kjaergaard");
  await zofia.button(/^Change role of Søren/).click();
  await dialog.locator('input[value="TEACHER"]').check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await zofia.page.locator('[data-member="Søren Kjærgaard"]').getByText("Teacher", { exact: true }).waitFor();
  await soren.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await soren.page.locator('dialog [data-code="FORBIDDEN"][data-reason="NOT_YOUR_PUPIL"]').waitFor();
  await soren.look("role-refused");
  await soren.page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  // The list has heard of it: there is no button any more.
  await soren.button(/^Change role of Gabriela/).waitFor({ state: "detached" });

  await zofia.field("Search").fill("gabriela");
  await zofia.button(/^Change role of Gabriela/).click();
  await dialog.locator('input[value="TEACHER_ADMIN"]').check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await zofia.page.locator('[data-member="Gabriela Horváthová"]').getByText("Teacher administrator").waitFor();
  await zofia.field("Search").fill("");
  chapter("roles: changed, refused beforehand with a reason, and refused by the server in between");
}

async function invitation() {
  await zofia.link("Invite by e-mail").click();
  await zofia.heading("Invite by e-mail");
  await zofia.sees("marta.kowalczyk@demo.example");
  await zofia.field("E-mail address").fill("not an address");
  await zofia.button("Send the invitation").click();
  await zofia.page.locator('input[name="email"][aria-invalid="true"]').waitFor();
  await zofia.look("invite-wrong");
  await zofia.field("E-mail address").fill("signe@example.org");
  await zofia.field(/^Visitor/).check();
  await zofia.button("Send the invitation").click();
  await zofia.sees("An invitation to signe@example.org is on its way.");
  const row = zofia.page.locator('[data-email="signe@example.org"]');
  await row.waitFor();
  await zofia.look("invite");
  await zofia.field("E-mail address").fill("signe@example.org");
  await zofia.button("Send the invitation").click();
  await zofia.page.locator('[data-reason="ALREADY_INVITED"]').waitFor();
  await row.getByRole("button", { name: /^Withdraw/ }).click();
  await row.waitFor({ state: "detached" });
  await zofia.section("Members");
  chapter("an invitation by e-mail: a wrong address is marked, the right one invited, and it is withdrawn");
}

async function schoolClass() {
  await zofia.link("Invite a class").click();
  await zofia.heading("Invite a class");
  await zofia.field("The list of the class").fill("Łukasz Żółć\nZoë\tO’Brien-Smith\nJ.\nZuzanna Nowak\n");
  await zofia.look("class-list");
  await zofia.button("Check the list").click();
  await zofia.sees("3 of 4 are right");
  await zofia.sees("lukasz.zolc.1");
  await zofia.look("class-checked");

  await zofia.field("Family name of pupil 3").fill("S.");
  await zofia.button(/^It is Zuzanna Nowak \(zuzanna\.nowak\.1\)/).click();
  await zofia.button("Check again").click();
  await zofia.sees("4 of 4 are right");
  await zofia.sees("Already a member");
  assert.ok(await zofia.button("Invite 4 pupils").isDisabled(), "without a consent nobody is invited");
  await zofia.field("The parents or guardians").check();
  await zofia.look("class-corrected");

  await zofia.button("Invite 4 pupils").click();
  await zofia.heading("Their sign-in cards");
  const cards = zofia.page.frameLocator("iframe.cards-sheet");
  const all = cards.getByRole("listitem");
  await all.first().waitFor();
  assert.equal(await all.count(), 3, "a card for each new pupil");
  await zofia.button("Print the cards").click();
  await cards.locator("html").waitFor();
  await zofia.look("class-cards");
  const [, username, password] = await all.filter({ hasText: "lukasz.zolc.1" }).getByRole("definition").allInnerTexts();
  await zofia.link("I have them").click();
  await zofia.heading("Members");
  await zofia.field("Search").fill("zolc");
  await zofia.sees("Łukasz Żółć");
  chapter("a class: pasted, checked, corrected, invited, and the cards are ready to print");
  return { username, password };
}

async function newPupil({ username, password }) {
  const pupil = await Person.arrives(stage, "Łukasz");
  await pupil.signIn(username, password);
  await pupil.heading("Pages");
  await pupil.sees("The bees' diary");
  assert.deepEqual(pupil.asked, ["SignInPupil", "Pages"], "a pupil is in the TwinSpace after two round trips");
  await pupil.look("pupil-pages");
  await pupil.section("Members");
  await pupil.sees("Ana Kovačević");
  assert.equal(await pupil.page.getByText(/last here/).count(), 0, "pupils see nobody's last visit");
  assert.equal(await pupil.button(/^Change role/).count(), 0);
  await pupil.look("pupil-members");
  await pupil.section("Pages");
  await pupil.link(/Our plan/).click();
  await pupil.heading("Our plan");
  assert.equal(await pupil.button("Edit").count(), 0, "this page was not given to pupils");
  await pupil.sees("You may edit only pages that were given to you.");
  await pupil.link("Pages").first().click();
  await pupil.link(/The bees' diary/).click();
  await pupil.button("Edit").click();
  const words = pupil.field("Text");
  await words.fill(`${await words.inputValue()}\n\n## 18 April, sunny, 15 °C\n\n**Nine** bees on the dandelions.`);
  await pupil.button("Save").click();
  await pupil.sees("Nine");
  await pupil.look("pupil-page");
  chapter("a pupil signs in with the card, and writes on the page that was given to pupils");
  return pupil;
}

async function twoEditors() {
  // Ángel uses the keyboard only.
  await angel.field("E-mail address").focus();
  for (const [words, key] of [
    ["angel@demo.example", "Tab"],
    ["twinspace1", "Enter"],
  ]) {
    await angel.page.keyboard.type(words);
    await angel.page.keyboard.press(key);
  }
  await angel.heading("Hello, Ángel");
  await angel.link(new RegExp(PROJECT)).click();
  await zofia.section("Pages");
  for (const person of [zofia, angel]) {
    await person.link(/Our plan/).click();
    await person.heading("Our plan");
    await person.button("Edit").click();
    await person.heading("Edit the page");
  }
  await zofia.look("editor");
  const write = async (person, ...changes) => {
    const field = person.field("Text");
    let words = await field.inputValue();
    for (const [old, fresh] of changes) {
      assert.ok(words.includes(old), old);
      words = words.replace(old, fresh);
    }
    await field.fill(words);
  };
  await write(
    angel,
    ["ten minutes a week", "twenty minutes a week"],
    ["letters to the families", "letters to all families"],
  );
  await angel.button("Save").click();
  await angel.sees("twenty minutes a week");

  // Zofia is told while she writes, and on saving puts both together.
  await write(zofia, ["ten minutes a week", "ten minutes twice a week"], ["- [ ] the map", "- [ ] the map, together"]);
  await zofia.sees("Ángel Cano Robles has saved version 2 meanwhile.");
  await zofia.look("editor-told");
  await zofia.button("Save").click();
  await zofia.heading("You and Ángel Cano Robles have both edited this page");
  await zofia.sees("1 place to choose");
  await zofia.look("merge");
  await zofia.field(/^Both, one after the other/).check();
  await zofia.button("Go on with this text").click();
  await zofia.heading("Edit the page");
  const merged = await zofia.field("Text").inputValue();
  for (const part of [
    "twenty minutes a week",
    "ten minutes twice a week",
    "the map, together",
    "letters to all families",
  ])
    assert.ok(merged.includes(part), `${part} is lost`);
  await zofia.button("Save").click();
  await zofia.sees(/version 3/);
  await angel.sees(/version 3/);
  await angel.sees("the map, together");
  await zofia.look("merged");
  chapter("two editors of one page: the second is told, merges, and nothing is lost");
}

async function chat(pupil) {
  await zofia.section("Chat");
  await zofia.sees("Yes! We answer with one in Spanish.");
  await pupil.section("Chat");
  await pupil.field("Message").fill("There is a bee on our window!");
  await pupil.button("Send").click();
  const here = zofia.page.locator('[data-message="There is a bee on our window!"]');
  await here.waitFor();
  await zofia.field("Message").fill("Draw it, please.");
  await zofia.page.keyboard.press("Enter");
  await pupil.sees("Draw it, please.");
  assert.equal(await zofia.page.locator('[data-message="Draw it, please."]').count(), 1, "it is there once");
  await pupil.look("chat");
  await zofia.look("chat-teacher");
  await here.getByRole("button", { name: /^Delete/ }).click();
  await here.waitFor({ state: "detached" });
  await pupil.page.locator('[data-message="There is a bee on our window!"]').waitFor({ state: "detached" });
  chapter("the chat room: live both ways, and what a teacher deletes is gone for all");
}

async function photo(pupil) {
  await pupil.section("Photos");
  await oona.section("Photos");
  const trips = await zofia.trips(async () => {
    await zofia.section("Photos");
    await zofia.sees("Evening by the Guadalquivir");
  });
  assert.deepEqual(trips, ["Photos"]);
  await zofia.look("photos");
  await zofia.button("Add a photo").click();
  await zofia.sees("Before you publish anything about pupils");
  await zofia.field("Photo").setInputFiles({ name: "meadow.png", mimeType: "image/png", buffer: meadow() });
  await zofia.field("Title").fill("Our meadow in May");
  await zofia.field("Description").fill("A meadow with yellow flowers under a hazy sky.");
  await zofia.field(/^Search by name/).fill("łukasz żółć");
  await zofia.button(/^Łukasz Żółć.*no consent to pictures/).click();
  await zofia.sees("Consent to pictures is missing");
  assert.ok(await zofia.button("Add it").isDisabled());
  await zofia.look("photo-consent-missing");
  await zofia.button("Their guardians have consented: record it").click();
  await zofia.page.getByText("Consent to pictures is missing").waitFor({ state: "detached" });

  // Every value that the bar shows, however briefly.
  await zofia.page.evaluate(() => {
    window.shown = [];
    new MutationObserver(() => {
      const bar = document.querySelector("progress");
      if (bar) window.shown.push(bar.value);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await zofia.button("Add it").click();
  await zofia.page.locator('[data-photo="Our meadow in May"]').waitFor();
  const shown = await zofia.page.evaluate(() => window.shown);
  assert.equal(Math.max(...shown), 1, "the bar has come to its end");
  await zofia.look("photo-added");
  const there = (person) => person.page.locator('[data-photo="Our meadow in May"]');
  await there(pupil).getByText("With Łukasz Żółć").waitFor();
  await there(oona).waitFor();
  assert.equal(await there(oona).getByText("Łukasz").count(), 0, "a visitor reads no pupil's name");
  chapter("a photo: consent first, then sent with its progress, and it appears at all others’");
}

async function visitor() {
  assert.equal(await oona.page.locator(".sections").getByRole("link", { name: "Chat" }).count(), 0);
  assert.equal(await oona.button("Add a photo").count(), 0);
  await oona.look("visitor-photos");
  await oona.section("Members");
  await oona.sees("13 members");
  await oona.page.locator('[data-count="pupils"]').waitFor();
  assert.equal(await oona.page.locator(".members").getByText("Pupil").count(), 0, "a visitor sees no pupil");
  await oona.look("visitor-members");
  // By the address of a screen that she may not see, too.
  const space = new URL(oona.page.url()).hash.split("/")[2];
  for (const section of ["chat", "class", "invite"]) {
    await oona.page.evaluate((hash) => (location.hash = hash), `#/space/${space}/${section}`);
    await oona.heading("There is nothing here that you may see");
  }
  await oona.section("Pages");
  await oona.link(/Welcome/).click();
  await oona.heading("Welcome");
  const address = oona.page.url();
  await oona.link("1").click();
  assert.equal(oona.page.url(), address, "a note of the text is no other screen");
  await oona.look("visitor-page");
  chapter("a visitor looks: no pupils, no chat, nothing to change");
}

async function errors(pupil) {
  // No answer at all, and trying again.
  await angel.page.route("**/graphql", (route) => route.abort());
  await angel.section("Photos");
  await angel.page.locator('[data-code="OFFLINE"]').waitFor();
  await angel.look("offline");
  await angel.page.unroute("**/graphql");
  await angel.button("Try again").click();
  await angel.sees("Our meadow in May");

  // A page that is not there, or not for this user.
  const space = new URL(pupil.page.url()).hash.split("/")[2];
  await pupil.page.evaluate(
    (hash) => (location.hash = hash),
    `#/space/${space}/pages/page_00000000000000000000000000000000`,
  );
  await pupil.heading("There is nothing here that you may see");
  await pupil.look("not-found");

  // Too many wrong passwords: the app says how long to wait.
  const stranger = await Person.arrives(stage, "a stranger");
  const limited = stranger.page.locator('[data-code="RATE_LIMITED"]');
  const refused = stranger.page.locator('[data-code="INVALID_CREDENTIALS"]');
  for (let tries = 0; tries < 30 && (await limited.count()) === 0; tries++) {
    const answered = stranger.page.waitForResponse((response) => response.url().endsWith("/graphql"));
    await stranger.signIn("nobody@demo.example", "not the password 1");
    await answered;
    await limited.or(refused).waitFor();
  }
  await stranger.page.getByText(/You can try again in \d+ s\./).waitFor();
  assert.ok(await stranger.button("Try again").isDisabled());
  await stranger.look("rate-limited");
  await stranger.leaves();

  // A session that ends elsewhere: all that was loaded is gone.
  await endSession(zofia);
  await zofia.sees("Your session has ended. Please sign in again.");
  assert.equal(await zofia.page.getByText("Our meadow in May").count(), 0);
  await zofia.look("session-ended");

  // And one that ends by a button.
  await soren.button("Sign out").click();
  await soren.button("Sign in").waitFor();
  chapter("errors: no answer, not found, too many tries, a session that has ended");
}

/** Ends a session as its owner does elsewhere, with the API's own means. */
async function endSession(person) {
  const token = await person.page.evaluate(() => sessionStorage.getItem("twinspace.token"));
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "mutation { signOut { sessionId } }" }),
  });
  assert.equal(answer.status, 200);
}
