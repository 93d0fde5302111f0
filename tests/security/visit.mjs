// Opens pages in headless Chromium as a person would, and tells what ran there that must not; knows no page and no stage.
//
//   node visit.mjs PAGES.json OUT.json        run in a folder where playwright-core is installed
//
// PAGES: [{"url", "wait_for"?: a text that a single-page application shows once all is there, "n_opens"?}]. On each page so many
// (none) of the buttons and links that show more ("[Show Markdown]", "View more", ...) are pressed, and what opens is looked at too.
//
// OUT: {"ran": [what called pwned()], "dialogs": [text], "asked": [addresses of evil.example], "planted": [elements that carry a
// script of the payloads], "opened": {url: how much more was shown}, "texts": {url: all text that was shown}}.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");
const [asked, out] = [JSON.parse(readFileSync(process.argv[2], "utf8")), process.argv[3]];
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const told = { ran: [], dialogs: [], asked: [], planted: [], opened: {}, texts: {} };

// Runs in the page: elements, also in shadow roots, that would run or fetch what only payloads say.
function planted() {
  // A document as text in the address of a frame that runs nothing: it is looked at in its frame.
  const isShut = (one) => one.tagName === "IFRAME" && one.getAttribute("sandbox") === "" && one.src.startsWith("data:");
  const isBad = (one) => !isShut(one) && ( one.getAttributeNames().some((name) => /^on/.test(name) || /^\s*javascript:/i.test(one.getAttribute(name)))
    || (/pwned|evil\.example/.test([one.getAttribute("href"), one.getAttribute("src"), one.getAttribute("srcdoc")].join(" ")))
    || (["SCRIPT", "STYLE"].includes(one.tagName) && /pwned|evil\.example/.test(one.textContent)));
  const below = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? below(one.shadowRoot) : [])]);
  return below(document).filter(isBad).map((one) => one.outerHTML.slice(0, 200));
}

async function look(page, url) {
  await page.waitForTimeout(500);
  for (const frame of page.frames()) {
    told.planted.push(...(await frame.evaluate(planted)).map((one) => `${url}: ${one}`));
    told.texts[url] = `${told.texts[url] ?? ""}\n${await frame.evaluate(() => document.body?.innerText ?? "")}`;
  }
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
const context = await browser.newContext({ viewport: { width: 1600, height: 4000 } });
await context.exposeFunction("pwned", (what) => { told.ran.push(what); });
context.on("request", (request) => { if (/evil\.example/.test(request.url())) told.asked.push(request.url()); });
for (const { url, wait_for, n_opens = 0 } of asked) {
  const page = await context.newPage();
  page.on("dialog", async (dialog) => { told.dialogs.push(dialog.message()); await dialog.dismiss(); });
  await page.goto(url, { waitUntil: "load" });
  if (wait_for) await page.getByText(wait_for).first().waitFor({ timeout: 240_000 });
  await look(page, url);
  const more = page.getByText(/^\[?(show|view) (markdown|more|json|table|table schema)\]?$/i);
  const size = () => page.evaluate(() => document.body.innerText.length);
  for (let number = 0; number < Math.min(await more.count(), n_opens); number += 1) {
    const before = await size();
    // A row of a log may have moved on by then.
    if (!(await more.nth(number).click({ timeout: 5_000 }).then(() => true, () => false))) continue;
    // What opens loads its text by and by.
    await page.waitForFunction((n) => document.body.innerText.length > n + 100, before, { timeout: 15_000 })
      .then(() => { told.opened[url] = (told.opened[url] ?? 0) + 1; }, () => {});
    await look(page, url);
    await page.keyboard.press("Escape");
    await page.waitForTimeout(300);
  }
  await page.close();
}
await browser.close();
writeFileSync(out, JSON.stringify(told));
