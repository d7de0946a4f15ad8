/** An OpenID Connect issuer for tests. */
@NullMarked
package dev.rill.testing.oidc;

import org.jspecify.annotations.NullMarked;
