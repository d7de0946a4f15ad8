import { createContext, useContext } from "react";
import type { Language } from "../state/settings.js";
import { en } from "./en.js";
import { ja } from "./ja.js";
import type { Words } from "./words.js";

export type { Words } from "./words.js";

export const languages: Record<Language, { readonly name: string; readonly words: Words }> = {
  en: { name: "English", words: en },
  ja: { name: "日本語", words: ja },
};

export const WordsContext = createContext<Words>(en);

export function useWords(): Words {
  return useContext(WordsContext);
}
