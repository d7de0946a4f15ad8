@NullMarked
package dev.rill.chat;

import org.jspecify.annotations.NullMarked;
