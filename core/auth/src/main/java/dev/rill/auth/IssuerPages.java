package dev.rill.auth;

import java.io.IOException;

/** Reads the public pages of an issuer: its discovery document and its JWK set. Safe for use by many threads. */
@FunctionalInterface
interface IssuerPages {

    /**
     * Returns the text of a page.
     *
     * @throws IOException if the page can't be read, or not in time
     */
    String read(String url) throws IOException;
}
