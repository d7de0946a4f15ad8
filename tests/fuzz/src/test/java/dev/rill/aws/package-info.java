/** Fuzz targets for the parsers of this package, which are private to it. */
@NullMarked
package dev.rill.aws;

import org.jspecify.annotations.NullMarked;
