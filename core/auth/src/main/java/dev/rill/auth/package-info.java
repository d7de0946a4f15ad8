/**
 * Who sends a request: API keys, one-time tickets and OpenID Connect tokens. It knows no cloud and no function; keys
 * and tickets are stored behind ports.
 */
@NullMarked
package dev.rill.auth;

import org.jspecify.annotations.NullMarked;
