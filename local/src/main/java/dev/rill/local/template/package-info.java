/** Reads a SAM template and plans the resources that the local stack runs. */
@NullMarked
package dev.rill.local.template;

import org.jspecify.annotations.NullMarked;
