/** The part of Secrets Manager that functions need: reading a secret's string. */
@NullMarked
package dev.rill.local.secrets;

import org.jspecify.annotations.NullMarked;
