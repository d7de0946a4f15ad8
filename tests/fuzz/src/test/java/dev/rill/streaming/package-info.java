/** Fuzz targets of this package: here, because its parsers are private to it. */
@NullMarked
package dev.rill.streaming;

import org.jspecify.annotations.NullMarked;
