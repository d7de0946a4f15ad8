/** Reads a SAM template and says what of it is to be run on this machine. */
@NullMarked
package dev.rill.local.template;

import org.jspecify.annotations.NullMarked;
