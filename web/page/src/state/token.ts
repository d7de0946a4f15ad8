/**
 * When a JSON Web Token ends, in milliseconds since 1970; undefined for an API key, and for a token that does not say.
 * Its signature is not checked: only the words that a person reads depend on it, the server decides.
 */
export function endOf(token: string): number | undefined {
  const [, claims, signature] = token.split(".");
  if (claims === undefined || signature === undefined) {
    return undefined;
  }
  try {
    const { exp } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
