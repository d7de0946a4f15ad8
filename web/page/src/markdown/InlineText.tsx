import type { Token, Tokens } from "marked";
import type { ReactNode } from "react";
import { decodeEntities } from "./entities.js";
import { safeAddress } from "./links.js";

/** Inline Markdown as elements. Nothing is parsed as HTML. */
export function InlineText({ tokens }: { tokens: readonly Token[] | undefined }): ReactNode {
  // The position is the identity: inline text only grows at its end.
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return tokens?.map((token, index) => <Inline key={index} token={token} />);
}

function Inline({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case "strong":
      return (
        <strong>
          <InlineText tokens={token.tokens} />
        </strong>
      );
    case "em":
      return (
        <em>
          <InlineText tokens={token.tokens} />
        </em>
      );
    case "del":
      return (
        <del>
          <InlineText tokens={token.tokens} />
        </del>
      );
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const link = token as Tokens.Link;
      return (
        <Link href={link.href} title={link.title}>
          <InlineText tokens={link.tokens} />
        </Link>
      );
    }
    case "image": {
      // The page's Content-Security-Policy loads no image from another host.
      const image = token as Tokens.Image;
      return (
        <Link href={image.href} title={image.title}>
          {decodeEntities(image.text) || image.href}
        </Link>
      );
    }
    case "checkbox":
      return null;
    case "text":
      return token.tokens ? <InlineText tokens={token.tokens} /> : decodeEntities((token as Tokens.Text).text);
    case "escape":
      return (token as Tokens.Escape).text;
    default:
      return token.raw;
  }
}

interface LinkProps {
  href: string;
  title: string | null | undefined;
  children: ReactNode;
}

/** A link, or its text where the address has not arrived yet or must not be opened. */
function Link({ href, title, children }: LinkProps): ReactNode {
  const address = safeAddress(href);
  if (address === undefined && href !== "") return children;
  return (
    <a href={address} title={title ? decodeEntities(title) : undefined} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
