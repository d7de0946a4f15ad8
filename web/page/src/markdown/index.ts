export { englishLabels, japaneseLabels, type MarkdownLabels } from "./labels.js";
export { Markdown, type MarkdownProps } from "./Markdown.js";
