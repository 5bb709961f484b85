import { Lexer, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode, useMemo } from "react";
import { strings } from "./strings";
import { Marked } from "./Words";

/**
 * Markdown as elements, made from the parsed tokens one by one. No HTML is ever taken from the text:
 * tags in it are shown as they were written, pictures as links, and only web and mail addresses become links.
 */
export default function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => new Lexer({ gfm: true, breaks: true }).lex(text), [text]);
  return <Tokens tokens={tokens} />;
}

function Tokens({ tokens }: { tokens: Token[] | undefined }): ReactNode {
  return (tokens ?? []).map((token, place) => <Fragment key={place}>{element(token)}</Fragment>);
}

const SAFE_ADDRESS = /^(https?:|mailto:)/i;

const entities: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": "\u00a0",
};

/** The few entities people write, as their characters. */
function decoded(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity]!);
}

function Anchor({ address, children }: { address: string; children: ReactNode }) {
  if (!SAFE_ADDRESS.test(address)) return children;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function element(token: Token): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return (
        <h4>
          <Tokens tokens={token.tokens} />
        </h4>
      );
    case "paragraph":
      return (
        <p dir="auto">
          <Tokens tokens={token.tokens} />
        </p>
      );
    case "blockquote":
      return (
        <blockquote>
          <Tokens tokens={token.tokens} />
        </blockquote>
      );
    case "list":
      return list(token as Tokens.List);
    case "checkbox":
      return (token as Tokens.Checkbox).checked ? "☑ " : "☐ ";
    case "code":
      return (
        <pre tabIndex={0} role="region" aria-label={strings.code}>
          <code>{token.text}</code>
        </pre>
      );
    case "table":
      return table(token as Tokens.Table);
    case "hr":
      return <hr />;
    case "strong":
      return (
        <strong>
          <Tokens tokens={token.tokens} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Tokens tokens={token.tokens} />
        </em>
      );
    case "del":
      return (
        <del>
          <Tokens tokens={token.tokens} />
        </del>
      );
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return (
        <Anchor address={token.href}>
          <Tokens tokens={token.tokens} />
        </Anchor>
      );
    case "image":
      return <Anchor address={token.href}>{token.text || token.href}</Anchor>;
    case "text":
      return token.tokens ? <Tokens tokens={token.tokens} /> : <Marked text={decoded(token.text)} />;
    case "escape":
      return token.text;
    default:
      return token.raw;
  }
}

function list({ ordered, start, items }: Tokens.List): ReactNode {
  const rows = items.map((item, place) => (
    <li key={place}>
      <Tokens tokens={item.tokens} />
    </li>
  ));
  return ordered ? <ol start={start || 1}>{rows}</ol> : <ul>{rows}</ul>;
}

function table({ header, rows }: Tokens.Table): ReactNode {
  return (
    <div tabIndex={0} role="region" aria-label={strings.table} className="overflow-x-auto">
      <table>
        <thead>
          <tr>
            {header.map((cell, place) => (
              <th key={place} scope="col">
                <Tokens tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, place) => (
                <td key={place}>
                  <Tokens tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
