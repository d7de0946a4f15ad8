import type { Page } from "playwright-core";
import { expect } from "vitest";

/** The element that has the focus. */
export interface Focus {
  /** Its accessible name, or nearly so; undefined if nothing has the focus */
  readonly name: string | undefined;
  /** The name of the answer, the dialog or the section around it */
  readonly within: string | undefined;
  /** Whether a person sees where it is: it has a ring, and nothing covers it */
  readonly visible: boolean;
}

export function focus(page: Page): Promise<Focus> {
  return page.evaluate(() => {
    const labels = (element: Element | null) => {
      const by = element?.getAttribute("aria-labelledby");
      const label = by ? document.getElementById(by)?.textContent : element?.getAttribute("aria-label");
      return label ?? undefined;
    };
    const element = document.activeElement;
    if (element === null || element === document.body) {
      return { name: undefined, within: undefined, visible: false };
    }
    const label = (element as HTMLInputElement).labels?.[0]?.textContent ?? undefined;
    // The question's box has its ring around it.
    const ringed =
      element.matches(".question *") && element.matches("textarea") ? element.closest(".question") : element;
    const style = getComputedStyle(ringed as Element);
    const ring =
      (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    const box = element.getBoundingClientRect();
    const left = Math.max(0, box.left);
    const top = Math.max(0, box.top);
    const right = Math.min(innerWidth, box.right);
    const bottom = Math.min(innerHeight, box.bottom);
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const uncovered =
      right > left && bottom > top && there !== null && (element.contains(there) || there.contains(element));
    return {
      name: labels(element) ?? label ?? element.textContent?.trim() ?? "",
      within: labels(
        element.parentElement?.closest("article[aria-labelledby], dialog, section, form[aria-labelledby]") ?? null,
      ),
      visible: ring && uncovered,
    };
  });
}

/** The focus is somewhere, and a person sees where. */
export async function expectFocus(page: Page): Promise<Focus> {
  const seen = async () => {
    const found = await focus(page);
    return found.visible ? "visible" : `hidden: ${JSON.stringify(found)}`;
  };
  await expect.poll(seen, { timeout: 20_000, message: "the focus" }).toBe("visible");
  return focus(page);
}

/** The focus is on this element, or comes to it. */
export async function expectFocusOn(page: Page, name: string | RegExp): Promise<void> {
  const matches = async () => {
    const found = await focus(page);
    const same = typeof name === "string" ? found.name === name : name.test(found.name ?? "");
    return same && found.visible ? "focused" : `on ${JSON.stringify(found)}`;
  };
  await expect.poll(matches, { timeout: 20_000, message: `the focus is on ${name}` }).toBe("focused");
}

/** Presses Tab until an element of this name, in that part of the page, has the focus. The ring is visible all the way. */
export async function tabTo(page: Page, name: string | RegExp, within?: string | RegExp): Promise<void> {
  const fits = (wanted: string | RegExp, text = "") =>
    typeof wanted === "string" ? wanted === text : wanted.test(text);
  const path: string[] = [];
  for (let press = 0; press < 80; press++) {
    await page.keyboard.press("Tab");
    const found = await focus(page);
    if (found.name === undefined) {
      // Between the last and the first element the browser itself has the focus.
      continue;
    }
    const here = `${found.within ?? "page"}: ${found.name}`;
    path.push(here);
    expect(found.visible, `the focus is visible on ${here}`).toBe(true);
    if (fits(name, found.name) && (within === undefined || fits(within, found.within))) {
      return;
    }
  }
  throw new Error(`Tab did not reach ${name}, only\n${path.join("\n")}`);
}
