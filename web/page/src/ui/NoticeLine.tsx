import type { ReactNode } from "react";
import type { Notice, Session } from "../state/session.js";
import { useWords, type Words } from "../words/index.js";

/** What a person is told of what they have just done, or of the server. */
export function NoticeLine({ session }: { session: Session }): ReactNode {
  const words = useWords();
  const text = session.serverSilent
    ? words.serverSilent
    : session.notice === undefined
      ? ""
      : noticeInWords(session.notice, words);
  return (
    <p className="notice" role="status">
      {text}
    </p>
  );
}

function noticeInWords(notice: Notice, words: Words): string {
  if (notice.kind === "cut") {
    return notice.sockets === 0 ? words.notices.cutNone : words.notices.cut(notice.sockets);
  }
  return words.notices[notice.kind];
}
