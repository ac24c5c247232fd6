// The members of a TwinSpace: who they are, their roles, and how they are invited.

import assert from "node:assert/strict";
import { chapter, PROJECT } from "./browser.mjs";

export async function members({ zofia, oona }) {
  const count = (words) => zofia.page.locator(`[data-count="${words}"] dd`);
  await zofia.link(new RegExp(PROJECT)).click();
  await zofia.heading("Pages");
  await zofia.sees("Welcome");
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

export async function roles({ zofia, soren }) {
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

export async function invitation({ zofia }) {
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

export async function schoolClass({ zofia }) {
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
  // There is no printer here; that the cards, and nothing else, are sent to it is to be seen all the same.
  await zofia.page.evaluate(() => {
    document.querySelector("iframe.cards-sheet").contentWindow.print = () => (window.printed = true);
  });
  await zofia.button("Print the cards").click();
  await zofia.page.waitForFunction(() => window.printed);
  await zofia.look("class-cards");
  const [, username, password] = await all.filter({ hasText: "lukasz.zolc.1" }).getByRole("definition").allInnerTexts();
  await zofia.link("I have them").click();
  await zofia.heading("Members");
  await zofia.field("Search").fill("zolc");
  await zofia.sees("Łukasz Żółć");
  chapter("a class: pasted, checked, corrected, invited, and the cards are ready to print");
  return { username, password };
}
