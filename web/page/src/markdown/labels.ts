import { createContext } from "react";

/** Words of the page's language within an answer. */
export interface MarkdownLabels {
  /** Button that copies a code block */
  readonly copy: string;
  /** The same button for two seconds after copying */
  readonly copied: string;
  /** Language of a code block that names none */
  readonly code: string;
  /** Name of a table's scrolling box */
  readonly table: string;
  /** State of a task's checkbox */
  readonly done: string;
  readonly open: string;
}

export const englishLabels: MarkdownLabels = {
  copy: "Copy",
  copied: "Copied",
  code: "Code",
  table: "Table",
  done: "Done",
  open: "Not done",
};

export const japaneseLabels: MarkdownLabels = {
  copy: "コピー",
  copied: "コピーしました",
  code: "コード",
  table: "表",
  done: "完了",
  open: "未完了",
};

/** What all blocks of an answer share. */
export interface MarkdownSettings {
  readonly labels: MarkdownLabels;
  /** Level, 1 to 6, of the answer's outermost headings */
  readonly headingLevel: number;
}

export const SettingsContext = createContext<MarkdownSettings>({ labels: englishLabels, headingLevel: 3 });
