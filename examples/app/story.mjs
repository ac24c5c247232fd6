// Uses the built app as its people would, against a server that `twinspace demo` has just filled:
//
//     node story.mjs URL [FOLDER]
//
// Each screen is looked at with axe at 1280 and at 390 pixels; the screenshots go into the folder.
// It waits for what is to be seen, and for nothing else. It changes the data of the demo.

import { chapter, open, Person } from "./story/browser.mjs";
import { desktop, signIns } from "./story/entry.mjs";
import { errors } from "./story/errors.mjs";
import { chat, exported, newPupil, photo, twoEditors, visitor } from "./story/inside.mjs";
import { invitation, members, roles, schoolClass } from "./story/members.mjs";
import { messages } from "./story/messages.mjs";
import { schools } from "./story/schools.mjs";

const [url, folder] = process.argv.slice(2);
if (!url) {
  console.error("usage: node story.mjs URL [FOLDER]");
  process.exit(2);
}

const stage = await open(url, folder);
const [zofia, angel, oona, soren] = await Promise.all(
  ["Zofia", "Ángel", "Oona", "Søren"].map((name) => Person.arrives(stage, name)),
);
const all = { stage, url, zofia, angel, oona, soren };
try {
  await signIns(all);
  await desktop(all);
  await members(all);
  await roles(all);
  await invitation(all);
  const card = await schoolClass(all);
  const pupil = await newPupil(all, card);
  await twoEditors(all);
  await exported(all, pupil);
  await chat(all, pupil);
  await messages(all, pupil);
  await schools(all);
  await photo(all, pupil);
  await visitor(all);
  await errors(all, pupil);
  await Promise.all([zofia, angel, oona, soren, pupil].map((person) => person.leaves()));
  chapter(`told, with ${stage.shots} screens looked at twice`);
} catch (error) {
  for (const { name, page, problems } of [zofia, angel, oona, soren]) {
    if (page.isClosed()) continue;
    console.error(`${name} sees ${page.url()}`, problems, (await page.innerText("body")).slice(0, 600));
  }
  throw error;
} finally {
  await stage.close();
}
