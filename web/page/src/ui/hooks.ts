import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Store } from "../state/store.js";

/** Renders the component again after changes of the store. */
export function useStore<T extends Store>(store: T): T {
  useSyncExternalStore(store.subscribe, store.getVersion);
  return store;
}

/** As {@link useStore}, for a store that may be absent. */
export function useOptionalStore<T extends Store>(store: T | undefined): T | undefined {
  useSyncExternalStore(store?.subscribe ?? unsubscribed, store?.getVersion ?? constant);
  return store;
}

const unsubscribed = () => () => {};
const constant = () => 0;

/** The time in milliseconds, four times a second while it is wanted. */
export function useNow(wanted: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!wanted) {
      return;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [wanted]);
  return now;
}

/** Pixels from its end at which a reader still counts as being there. */
const nearEnd = 32;

/**
 * Keeps the end of a growing box in view, as long as the reader is at its end. A reader who scrolls up keeps the place.
 *
 * @returns references to the box that scrolls and to its content
 */
export function useFollowing(): [RefObject<HTMLDivElement | null>, RefObject<HTMLDivElement | null>] {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const scrolled = box.current;
    if (scrolled === null || content.current === null) {
      return;
    }
    let following = true;
    let height = scrolled.scrollHeight;
    const onScroll = () => {
      const distance = scrolled.scrollHeight - scrolled.scrollTop - scrolled.clientHeight;
      // The box may have grown since the last look: then it is not the reader who has left the end.
      if (distance < nearEnd) {
        following = true;
      } else if (scrolled.scrollHeight === height) {
        following = false;
      }
    };
    const observer = new ResizeObserver(() => {
      height = scrolled.scrollHeight;
      if (following) {
        scrolled.scrollTop = height;
      }
    });
    scrolled.addEventListener("scroll", onScroll, { passive: true });
    observer.observe(content.current);
    return () => {
      observer.disconnect();
      scrolled.removeEventListener("scroll", onScroll);
    };
  }, []);
  return [box, content];
}

/** Copies text. Returns whether it was copied in the last two seconds, and the function that copies. */
export function useCopy(onFailure: () => void): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (text: string) => {
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    written.then(() => setCopied(true), onFailure);
  };
  return [copied, copy];
}
