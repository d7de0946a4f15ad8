@NullMarked
package dev.rill.local.secrets;

import org.jspecify.annotations.NullMarked;
