// Chromium with one page, by playwright: does what it is told on standard input, one thing after the other, and answers
// each with one JSON object on a line. It ends with its input.
//
// told:  {"do": "open", "url": ...}, {"do": "reload"}
//        {"do": "click", "where": selector}, {"do": "enter", "where": selector, "text": ...}
//        {"do": "see", "where": selector, "text": ...}: waits for an element with this text
//        {"do": "texts", "where": selector}: those of all such elements
//        {"do": "run", "script": ...}: what it comes to in the page
//        {"do": "shoot", "file": ...}: a picture
// says:  {"value": ...} or {"error": ..., "page": [what the page complained of]}

const { existsSync } = require("node:fs");
const { chromium } = require("playwright-core");

// Less than that of the tests, which learn what was wrong from here.
const PATIENCE = 40_000;

// Root gets no sandbox, and what a browser looks up at home by itself would have no answer.
const QUIETLY = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function program() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = process.env.PATH.split(":");
  const found = folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)).find(existsSync);
  if (!found) {
    throw new Error("there is no Chromium on this machine; hint: apt-get install chromium");
  }
  return found;
}

const known = {
  open: (page, { url }) => page.goto(url).then(() => null),
  reload: (page) => page.reload().then(() => null),
  click: (page, { where }) => page.locator(where).last().click(),
  async enter(page, { where, text }) {
    await page.locator(where).fill(text);
    await page.locator(where).press("Enter");
  },
  see: (page, { where, text }) => page.locator(where).filter({ hasText: text }).last().waitFor(),
  texts: (page, { where }) => page.locator(where).allInnerTexts(),
  run: (page, { script }) => page.evaluate(script),
  shoot: (page, { file }) => page.screenshot({ path: file }).then(() => null),
};

const complaints = [];
const launched = chromium.launch({ executablePath: program(), args: QUIETLY });

async function blank() {
  const page = await (await launched).newPage({ viewport: { width: 900, height: 760 } });
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  return page;
}

async function follow(page, line) {
  const told = JSON.parse(line);
  let said;
  try {
    said = { value: (await known[told.do](page, told)) ?? null };
  } catch (error) {
    said = { error: error.message, page: complaints };
  }
  console.log(JSON.stringify(said));
}

const page = blank();
page.catch((error) => console.error(error.message));
let last = page;
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  last = last.then(async () => follow(await page, line), () => process.exit(1));
});
// Whatever it is at: who would hear of it is gone.
lines.on("close", async () => {
  await (await launched).close();
  process.exit();
});
process.stdout.on("error", () => {});
