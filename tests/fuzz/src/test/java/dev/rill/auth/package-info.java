/** Fuzz targets for the parsers of this package, which are private to it. */
@NullMarked
package dev.rill.auth;

import org.jspecify.annotations.NullMarked;
