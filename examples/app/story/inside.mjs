// What teachers, pupils and visitors do inside a TwinSpace.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { chapter, Person, PROJECT } from "./browser.mjs";
import { meadow } from "./picture.mjs";

export async function newPupil({ stage }, { username, password }) {
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

export async function twoEditors({ zofia, angel }) {
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

export async function exported({ zofia }, pupil) {
  await pupil.section("Pages");
  assert.equal(await pupil.button("Export the TwinSpace").count(), 0, "a pupil exports nothing");
  await zofia.section("Pages");
  // A browser that cannot write to a file as it arrives: the other one asks with a window of its own.
  await zofia.page.evaluate(() => delete globalThis.showSaveFilePicker);
  await zofia.page.evaluate(() => (globalThis.showSaveFilePicker = undefined));
  const [download] = await Promise.all([
    zofia.page.waitForEvent("download"),
    zofia.button("Export the TwinSpace").click(),
  ]);
  await zofia.sees("The TwinSpace has been saved.");
  assert.equal(download.suggestedFilename(), `${PROJECT}.zip`);
  const file = await readFile(await download.path());
  assert.equal(file.subarray(0, 4).toString("latin1"), "PK\x03\x04");
  assert.ok(file.includes("index.html"), "it can be opened");
  await zofia.look("exported");
  chapter("the TwinSpace in one file, for those who may have it");
}

export async function chat({ zofia }, pupil) {
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

export async function photo({ zofia, oona }, pupil) {
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

export async function visitor({ oona }) {
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
