import { useEffect } from "react";

const focusable = "button, input, select, textarea, summary, [href], [tabindex='0']";

/**
 * Keeps the place of the keyboard: where the element with the focus is removed, as "Stop" is at the end of an answer,
 * the focus goes to an element near it. Without this it is lost, and the next Tab begins at the top of the page. The
 * first choice in each part of the page is what has `data-focus-home`.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    /** The element with the focus and those around it, from the inside out; none where a pointer has set the focus */
    let way: readonly Element[] = [];
    const onFocus = ({ target }: FocusEvent) => {
      way = target instanceof Element && target.matches(":focus-visible") ? withAncestors(target) : [];
    };
    const observer = new MutationObserver(() => {
      if (way[0]?.isConnected === false && document.activeElement === document.body) {
        const rest = way.filter((element) => element.isConnected);
        way = [];
        homeIn(rest)?.focus({ preventScroll: true });
      }
    });
    addEventListener("focusin", onFocus);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      removeEventListener("focusin", onFocus);
      observer.disconnect();
    };
  }, []);
}

function withAncestors(element: Element): readonly Element[] {
  const way = [element];
  for (let next = element.parentElement; next !== null; next = next.parentElement) {
    way.push(next);
  }
  return way;
}

function homeIn(parts: readonly Element[]): HTMLElement | undefined {
  for (const part of parts) {
    const found =
      part.querySelector<HTMLElement>("[data-focus-home]") ??
      [...part.querySelectorAll<HTMLElement>(focusable)].find((element) => element.checkVisibility());
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
