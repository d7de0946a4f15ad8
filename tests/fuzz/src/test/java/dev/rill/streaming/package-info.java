/** Fuzz targets for the parsers of this package, which are private to it. */
@NullMarked
package dev.rill.streaming;

import org.jspecify.annotations.NullMarked;
