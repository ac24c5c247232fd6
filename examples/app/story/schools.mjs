// The schools that teachers name, and who confirms them.

import assert from "node:assert/strict";
import { chapter, Person } from "./browser.mjs";

/** A member's row, with the school confirmed or not. */
const row = ({ page }, name, confirmed) =>
  page.locator(`[data-member="${name}"]`).filter({ has: page.locator(`[data-confirmed="${confirmed}"]`) });

/** Opens the profile of a teacher; pupils may be called the same. */
async function profile(person, search, name) {
  await person.field("Role").selectOption("TEACHER");
  await person.field("Search").fill(search);
  await person.button(name).click();
  const dialog = person.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Close" }).waitFor();
  return dialog;
}

export async function schools({ stage, url, zofia, soren }) {
  // Neither a colleague nor an officer: Søren is told who could.
  await soren.section("Members");
  const seen = await profile(soren, "żółkiewski", "Łukasz Żółkiewski");
  await seen.getByText("Only a colleague at the same school, or its support service, can confirm it.").waitFor();
  assert.equal(await seen.getByRole("button", { name: /^Confirm/ }).count(), 0);
  await soren.look("school-of-another");
  await seen.getByRole("button", { name: "Close" }).click();
  await row(soren, "Łukasz Żółkiewski", false).waitFor();

  const katarzyna = await Person.arrives(stage, "Katarzyna");
  await katarzyna.signIn("katarzyna@demo.example");
  await katarzyna.heading("Hello, Katarzyna");
  await katarzyna.look("desktop-officer");
  const trips = await katarzyna.trips(async () => {
    await katarzyna.link("Teachers and their schools").click();
    await katarzyna.heading("Teachers and their schools");
    await katarzyna.page.locator('[data-teacher="Łukasz Żółkiewski"]').waitFor();
  });
  assert.deepEqual(trips, ["Schools"]);
  await katarzyna.look("schools");
  await katarzyna.button("Confirm the school of Łukasz Żółkiewski").click();
  await katarzyna.sees("It is confirmed that Łukasz Żółkiewski works at Szkoła Podstawowa nr 8.");
  await katarzyna.page.locator('[data-teacher="Łukasz Żółkiewski"]').waitFor({ state: "detached" });
  await row(soren, "Łukasz Żółkiewski", true).waitFor();
  await katarzyna.field("The school is").selectOption("true");
  await katarzyna.page.locator('[data-teacher="Łukasz Żółkiewski"]').getByText("by Katarzyna Nowak").waitFor();
  await katarzyna.look("schools-confirmed");
  await katarzyna.leaves();

  // Two move to the school of Zofia. Only one of them is a contact of hers.
  const school = { name: "Szkoła Podstawowa nr 21", town: "Gdynia", region: "Pomorskie", country: "PL" };
  await moves("ioana@demo.example", school, url);
  await moves("jurgen@demo.example", school, url);
  await zofia.section("Members");
  const stranger = await profile(zofia, "țurcanu", "Ioana Țurcanu");
  await stranger.getByText("This teacher is not a contact of yours.").waitFor();
  assert.ok(await stranger.getByRole("button", { name: /^Confirm/ }).isDisabled());
  await zofia.look("school-of-no-contact");
  await stranger.getByRole("button", { name: "Close" }).click();

  const colleague = await profile(zofia, "großmann", "Jürgen Großmann");
  await soren.field("Search").fill("großmann");
  await row(soren, "Jürgen Großmann", false).waitFor();
  await colleague.getByRole("button", { name: /^Confirm/ }).click();
  await colleague.getByText("It is confirmed that Jürgen Großmann works at Szkoła Podstawowa nr 21.").waitFor();
  await colleague.locator('[data-confirmed="true"]').waitFor();
  await colleague.getByRole("button", { name: /^Withdraw/ }).waitFor();
  await zofia.look("school-confirmed");
  await row(soren, "Jürgen Großmann", true).waitFor();
  await soren.look("members-confirmed");

  // He reads of it, and that it is taken back.
  const jurgen = await Person.arrives(stage, "Jürgen");
  await jurgen.signIn("jurgen@demo.example");
  const own = jurgen.page.locator("[data-own-school]");
  await own.getByText("by Zofia Wiśniewska").waitFor();
  const news = jurgen.page.locator('[data-kind="SCHOOL_CONFIRMED"]');
  await news.waitFor();
  await jurgen.look("desktop-school");
  await news.getByRole("button", { name: "Mark as read" }).click();
  await news.waitFor({ state: "detached" });
  await colleague.getByRole("button", { name: /^Withdraw/ }).click();
  await colleague.getByRole("button", { name: /^Confirm/ }).waitFor();
  await jurgen.page.locator('[data-kind="SCHOOL_UNCONFIRMED"]').waitFor();
  await own.locator('[data-confirmed="false"]').waitFor();
  await jurgen.leaves();
  await colleague.getByRole("button", { name: "Close" }).click();
  chapter("schools: confirmed by an officer and by a colleague, seen by all, and taken back");
}

/** A teacher moves to another school, which this app has no screen for. */
async function moves(email, school, url) {
  const ask = async (query, variables, token) => {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined);
    return data;
  };
  const signIn = "mutation($input: SignInInput!) { signIn(input: $input) { token } }";
  const { token } = (await ask(signIn, { input: { email, password: "twinspace1" } })).signIn;
  await ask(
    "mutation($input: EditProfileInput!) { editProfile(input: $input) { __typename } }",
    { input: { school } },
    token,
  );
}
