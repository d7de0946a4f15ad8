/** Secrets Manager on one machine, as far as functions need it: reading a secret's string. */
@NullMarked
package dev.rill.local.secrets;

import org.jspecify.annotations.NullMarked;
