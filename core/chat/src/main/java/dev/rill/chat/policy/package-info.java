/** Which requests an operator allows. Pure rules, without ports and without I/O. */
@NullMarked
package dev.rill.chat.policy;

import org.jspecify.annotations.NullMarked;
