/** Fuzz targets of Chat Completions. */
@NullMarked
package dev.rill.chat.completions;

import org.jspecify.annotations.NullMarked;
