/** Fuzz targets of this package: here, because its parsers are private to it. */
@NullMarked
package dev.rill.aws;

import org.jspecify.annotations.NullMarked;
