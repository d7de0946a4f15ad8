import { createContext, type RefObject, useContext, useEffect, useState } from "react";
import { flushSync } from "react-dom";

/** Whether a text is so long that what is far from the viewport leaves the document. A reference: nothing is rendered for it. */
export const LongTextContext = createContext<RefObject<boolean>>({ current: false });

/** Whether all of a text is in the document, because it is printed. */
export const PrintingContext = createContext(false);

/** Whether the document is being printed. The change is rendered before the browser lays the document out for paper. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
    };
  }, []);
  return printing;
}

/**
 * The height, as a CSS length, that an element of a long text keeps while the browser skips it, far from the viewport;
 * undefined while it is near, and while the document is printed. What is in it can leave the document meanwhile, and comes back in the same place. The
 * browser does not skip an element that has the focus or a part of the selection.
 *
 * @param whole whether the element will not change
 * @param estimate the height of an element that was never laid out, as a CSS length
 */
export function useHeightAway(
  element: RefObject<HTMLElement | null>,
  whole: boolean,
  estimate: string,
): string | undefined {
  const long = useContext(LongTextContext);
  const printing = useContext(PrintingContext);
  const [height, setHeight] = useState<string>();
  useEffect(() => {
    const { current } = element;
    // A browser that does not tell when an element comes near keeps all in the document.
    if (!whole || current === null || typeof ContentVisibilityAutoStateChangeEvent === "undefined") {
      return;
    }
    const changed = (event: Event) => {
      if (event.target !== current) {
        return;
      }
      if (!(event as Event & { skipped: boolean }).skipped) {
        // At once: it is about to be seen.
        flushSync(() => setHeight(undefined));
      } else if (long.current) {
        setHeight(`${current.offsetHeight}px`);
      }
    };
    // An element that was far from the beginning changes nothing when it is skipped, so no event tells it.
    if (long.current && isSkipped(current)) {
      setHeight(estimate);
    }
    current.addEventListener("contentvisibilityautostatechange", changed);
    return () => current.removeEventListener("contentvisibilityautostatechange", changed);
  }, [element, whole, estimate, long]);
  return printing ? undefined : height;
}

function isSkipped(element: HTMLElement): boolean {
  return element.firstElementChild?.checkVisibility?.({ contentVisibilityAuto: true }) === false;
}
