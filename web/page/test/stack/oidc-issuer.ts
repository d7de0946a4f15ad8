import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const documentPath = "/.well-known/openid-configuration";
const keysPath = "/keys";

/** An OpenID Connect issuer on loopback: a discovery document, a JWK set with one RSA key, and tokens signed by RS256. */
export class OidcIssuer {
  readonly #server: Server;
  readonly #key: KeyObject;

  private constructor(server: Server, key: KeyObject) {
    this.#server = server;
    this.#key = key;
  }

  /** Starts one on a free port. */
  static start(): Promise<OidcIssuer> {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" };
    return new Promise((resolve, reject) => {
      const server = createServer((request, response) => {
        const pages: Record<string, object> = {
          [documentPath]: {
            issuer: issuer.url,
            jwks_uri: issuer.url + keysPath,
            id_token_signing_alg_values_supported: ["RS256"],
          },
          [keysPath]: { keys: [jwk] },
        };
        const page = pages[request.url ?? ""];
        response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(page ?? {}));
      });
      const issuer = new OidcIssuer(server, privateKey);
      server.on("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(issuer));
    });
  }

  /** The `iss` of its tokens. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A token for the audience `rill`. */
  token(subject: string, options: { endsInSeconds: number }): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.url, aud: "rill", sub: subject, iat: now, exp: now + options.endsInSeconds };
    const parts = [{ alg: "RS256", kid: "1", typ: "JWT" }, claims];
    const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${text}.${sign("sha256", Buffer.from(text), this.#key).toString("base64url")}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
