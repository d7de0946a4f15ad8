import type { Token, Tokens } from "marked";
import { createElement, memo, type ReactNode, useContext } from "react";
import type { Block } from "./block-stream.js";
import { CodeBlock } from "./CodeBlock.js";
import { chunksOf } from "./code-text.js";
import { directionOf } from "./direction.js";
import type { LeveledHeading } from "./heading-levels.js";
import { InlineText } from "./InlineText.js";
import { SettingsContext } from "./labels.js";

/** A block of an answer; it is rendered again only while it is open. */
export const BlockView = memo(
  ({ block }: { block: Block }): ReactNode => {
    if (block.code) return <CodeBlock info={(block.token as Tokens.Code).lang} chunks={block.code} />;
    return <TokenView token={block.token} open={!block.finished} continued={block.continued} />;
  },
  ({ block: before }, { block: after }) =>
    before === after || (!before.code && !after.code && sameBlock(before, after)),
);

function sameBlock(before: Block, after: Block): boolean {
  if (before.finished || after.finished) return false;
  return before.raw === after.raw && before.token.type === after.token.type;
}

interface TokenProps {
  token: Token;
  /** Whether the end of this token is still being written */
  open: boolean;
  continued?: boolean;
}

function TokenView({ token, open, continued = false }: TokenProps): ReactNode {
  switch (token.type) {
    case "heading":
      return <Heading heading={token as LeveledHeading} />;
    case "list":
      return <List list={token as Tokens.List} open={open} continued={continued} />;
    case "table":
      return <Table table={token as Tokens.Table} open={open} continued={continued} />;
    case "blockquote": {
      const quote = token as Tokens.Blockquote;
      return (
        <blockquote dir={directionOf(quote.text)} data-continued={continued || undefined}>
          <BlockTokens tokens={quote.tokens} open={open} />
        </blockquote>
      );
    }
    case "code": {
      const code = token as Tokens.Code;
      return <CodeBlock info={code.lang} chunks={chunksOf(code.text)} />;
    }
    case "hr":
      return <hr />;
    case "paragraph":
    case "text":
      return (
        <p dir="auto" data-continued={continued || undefined}>
          <InlineText tokens={(token as Tokens.Paragraph).tokens ?? [token]} />
        </p>
      );
    case "checkbox":
      return <TaskState checked={(token as Tokens.Checkbox).checked} />;
    case "space":
    case "def":
      return null;
    default:
      return <p dir="auto">{token.raw}</p>;
  }
}

const MemoizedToken = memo(
  TokenView,
  (before, after) =>
    before.token.raw === after.token.raw && before.open === after.open && before.token.type === after.token.type,
);

/** Blocks within an item or quote; only the last one may be open. */
function BlockTokens({ tokens, open }: { tokens: readonly Token[]; open: boolean }): ReactNode {
  const shown = tokens.filter((token) => token.type !== "space");
  return shown.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only added at the end
    <MemoizedToken key={index} token={token} open={open && index === shown.length - 1} />
  ));
}

function TaskState({ checked }: { checked: boolean }): ReactNode {
  const { labels } = useContext(SettingsContext);
  return <input type="checkbox" checked={checked} disabled readOnly aria-label={checked ? labels.done : labels.open} />;
}

function Heading({ heading }: { heading: LeveledHeading }): ReactNode {
  const { headingLevel } = useContext(SettingsContext);
  const level = Math.min(6, headingLevel + (heading.level ?? 1) - 1);
  const properties = { dir: "auto", className: `markdown-heading-${heading.depth}` };
  return createElement(`h${level}`, properties, <InlineText tokens={heading.tokens} />);
}

interface ListProps {
  list: Tokens.List;
  open: boolean;
  continued: boolean;
}

function List({ list, open, continued }: ListProps): ReactNode {
  const items = list.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items are only added at the end
    <Item key={index} item={item} open={open && index === list.items.length - 1} />
  ));
  const properties = { dir: directionOf(list.raw), "data-continued": continued || undefined };
  if (!list.ordered) return <ul {...properties}>{items}</ul>;
  return (
    <ol {...properties} start={list.start === "" ? 1 : list.start}>
      {items}
    </ol>
  );
}

const Item = memo(
  ({ item, open }: { item: Tokens.ListItem; open: boolean }) => (
    <li className={item.task ? "markdown-task" : undefined}>
      <BlockTokens tokens={item.tokens} open={open} />
    </li>
  ),
  (before, after) => before.item.raw === after.item.raw && before.open === after.open,
);

interface TableProps {
  table: Tokens.Table;
  open: boolean;
  continued: boolean;
}

/** A table in a box of its own, which scrolls sideways. */
function Table({ table, open, continued }: TableProps): ReactNode {
  const { labels } = useContext(SettingsContext);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset belongs to forms, and a section with a name is a landmark
    <div
      className="markdown-table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label={labels.table}
      dir={directionOf(table.raw)}
      data-continued={continued || undefined}
    >
      <table>
        <thead data-hidden={continued || undefined}>
          <tr>
            {table.header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
              <th key={index} scope="col" dir="auto" data-align={cell.align ?? undefined}>
                <InlineText tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows are only added at the end
            <Row key={index} row={row} open={open && index === table.rows.length - 1} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(
  ({ row }: { row: Tokens.TableCell[]; open: boolean }) => (
    <tr>
      {row.map((cell, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns do not move
        <td key={index} dir="auto" data-align={cell.align ?? undefined}>
          <InlineText tokens={cell.tokens} />
        </td>
      ))}
    </tr>
  ),
  (before, after) => before.open === after.open && !after.open && sameRow(before.row, after.row),
);

function sameRow(before: Tokens.TableCell[], after: Tokens.TableCell[]): boolean {
  return before.length === after.length && before.every((cell, index) => cell.text === after[index]?.text);
}
