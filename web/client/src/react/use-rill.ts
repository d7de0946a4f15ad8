import { useEffect, useRef, useState } from "react";
import { Rill, type RillOptions } from "../index.js";

/**
 * Returns a {@link Rill} for the life of the component, which is closed when the component unmounts. It is the same one
 * at every render, under React's strict mode as well. A component that is hidden and shown again, as `<Activity>` does it,
 * is rendered with a new one.
 *
 * @param options those of the first render. A `token` that is a function may be another one at each render: the newest
 *   is called
 */
export function useRill(options: RillOptions): Rill {
  const newest = useRef(options);
  const [rill, setRill] = useState(() => open(newest));
  const mounted = useRef(false);
  useEffect(() => {
    newest.current = options;
  });
  useEffect(() => {
    if (rill.connection === "closed") {
      setRill(open(newest));
      return;
    }
    mounted.current = true;
    return () => {
      mounted.current = false;
      // Strict mode runs the effect again in the same task.
      queueMicrotask(() => {
        if (!mounted.current) {
          rill.close();
        }
      });
    };
  }, [rill]);
  return rill;
}

function open(newest: { readonly current: RillOptions }): Rill {
  const options = newest.current;
  if (typeof options.token !== "function") {
    return new Rill(options);
  }
  const token = () => {
    const { token } = newest.current;
    return typeof token === "function" ? token() : token;
  };
  return new Rill({ ...options, token });
}
