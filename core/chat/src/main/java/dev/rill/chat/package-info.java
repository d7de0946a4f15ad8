/** The flow of a response in the order of travel, on the packages below it. */
@NullMarked
package dev.rill.chat;

import org.jspecify.annotations.NullMarked;
