import { useEffect } from "react";

const focusable = "button, input, select, textarea, summary, [href], [tabindex='0']";

/**
 * Keeps the place of the keyboard: where the element with the focus is removed, as "Stop" is at the end of an answer,
 * the focus goes to an element near it. Without this it is lost, and the next Tab begins at the top of the page. In the
 * nearest article, form or dialog that is `data-focus-home`, where Enter does nothing: a key that was meant for the
 * removed button must not press another one. Where there is no such element, it is the nearest one that takes the focus.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    /** The element with the focus and those around it, from the inside out; none where a pointer has set the focus */
    let path: readonly Element[] = [];
    const onFocus = ({ target }: FocusEvent) => {
      path = target instanceof Element && target.matches(":focus-visible") ? withAncestors(target) : [];
    };
    const observer = new MutationObserver(() => {
      if (path[0]?.isConnected === false && document.activeElement === document.body) {
        const rest = path.filter((element) => element.isConnected);
        path = [];
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
  const path = [element];
  for (let next = element.parentElement; next !== null; next = next.parentElement) {
    path.push(next);
  }
  return path;
}

/** @param parts elements around the removed one, from the inside out */
function homeIn(parts: readonly Element[]): HTMLElement | undefined {
  const unit = parts.findIndex((part) => part.matches("article, form, dialog"));
  return firstIn(unit < 0 ? parts : parts.slice(0, unit + 1), homeOf) ?? firstIn(parts, focusableOf);
}

function firstIn(parts: readonly Element[], find: (part: Element) => HTMLElement | undefined): HTMLElement | undefined {
  for (const part of parts) {
    const found = find(part);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function homeOf(part: Element): HTMLElement | undefined {
  return part.querySelector<HTMLElement>("[data-focus-home]") ?? undefined;
}

function focusableOf(part: Element): HTMLElement | undefined {
  return [...part.querySelectorAll<HTMLElement>(focusable)].find((element) => element.checkVisibility());
}
