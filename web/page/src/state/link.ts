/** The responses of one turn: left and right; undefined for a side that has none. */
export type ResponseIds = readonly [string | undefined, string | undefined];

const FORM = /^#\/a\/(resp_[0-9a-f]{32}|-),(resp_[0-9a-f]{32}|-)$/;

/** The fragment of a URL that opens these answers elsewhere; undefined if there are none yet. */
export function linkTo([left, right]: ResponseIds): string | undefined {
  return left === undefined && right === undefined ? undefined : `#/a/${left ?? "-"},${right ?? "-"}`;
}

/** The responses that a fragment names; undefined if it is none of {@link linkTo}. */
export function responsesIn(fragment: string): ResponseIds | undefined {
  const found = FORM.exec(fragment);
  if (found === null) {
    return undefined;
  }
  const ids = found.slice(1).map((id) => (id === "-" ? undefined : id));
  return ids[0] === undefined && ids[1] === undefined ? undefined : [ids[0], ids[1]];
}
