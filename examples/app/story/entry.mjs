// Signing in, and the desktop.

import assert from "node:assert/strict";
import { chapter, Person } from "./browser.mjs";

export async function signIns({ zofia }) {
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

export async function desktop({ stage, zofia, soren }) {
  await zofia.look("desktop");
  const request = zofia.page.locator('[data-kind="CONTACT_REQUEST"]');
  const badge = zofia.page.locator(".badge");
  const before = Number(await badge.innerText());
  await request.getByRole("button", { name: "Accept" }).click();
  await request.waitFor({ state: "detached" });
  await badge.getByText(String(before - 1), { exact: true }).waitFor();

  // Mails in another language, from all that the server writes.
  const language = zofia.field("Language of your mails");
  const codes = await language.locator("option").evaluateAll((options) => options.map(({ value }) => value));
  const own = await language.inputValue();
  const other = codes.find((code) => code !== own);
  assert.ok(other && codes.includes(own), codes.join());
  const words = await language.locator(`option[value="${other}"]`).innerText();
  const told = `The server writes to you in ${words}.`;
  const chosen = await zofia.trips(async () => {
    await language.selectOption(other);
    await zofia.sees(told);
  });
  assert.deepEqual(chosen, ["SetLanguage"]);
  await zofia.page.reload();
  await zofia.sees(told);
  await language.selectOption(own);
  await zofia.page.getByText(told).waitFor({ state: "detached" });

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
  chapter("the desktop: a contact is accepted; mails come in another language; a pupil is let into a second TwinSpace, and chooses");
}
