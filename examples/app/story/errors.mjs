// What goes wrong, and what the app makes of it.

import assert from "node:assert/strict";
import { chapter, Person } from "./browser.mjs";

export async function errors({ stage, zofia, angel, soren, url }, pupil) {
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
  await endSession(zofia, url);
  await zofia.sees("Your session has ended. Please sign in again.");
  assert.equal(await zofia.page.getByText("Our meadow in May").count(), 0);
  await zofia.look("session-ended");

  // And one that ends by a button.
  await soren.button("Sign out").click();
  await soren.button("Sign in").waitFor();
  chapter("errors: no answer, not found, too many tries, a session that has ended");
}

/** Ends a session as its owner does elsewhere, with the API's own means. */
async function endSession(person, url) {
  const token = await person.page.evaluate(() => sessionStorage.getItem("twinspace.token"));
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "mutation { signOut { sessionId } }" }),
  });
  assert.equal(answer.status, 200);
}
