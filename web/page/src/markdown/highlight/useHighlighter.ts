import { useEffect, useState } from "react";
import { ChunkHighlighter } from "./chunk-highlighter.js";
import { languageOf } from "./language-names.js";

let languages: typeof import("./languages.js") | undefined;

/** Returns what highlights a language's code, or undefined while the languages are loaded and where it is unknown. */
export function useHighlighter(name: string): ChunkHighlighter | undefined {
  const language = languageOf(name);
  const [highlighter, setHighlighter] = useState(() => create(language));
  const [created, setCreated] = useState(language);
  if (created !== language) {
    setCreated(language);
    setHighlighter(create(language));
  }
  useEffect(() => {
    if (language === undefined || languages !== undefined) return;
    let wanted = true;
    import("./languages.js").then(
      (module) => {
        languages = module;
        if (wanted) setHighlighter(create(language));
      },
      // Code whose languages cannot be loaded stays plain.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [language]);
  return highlighter;
}

function create(language: string | undefined): ChunkHighlighter | undefined {
  const parser = language === undefined ? undefined : languages?.parserOf(language);
  return parser && new ChunkHighlighter(parser);
}
