/** Port of the model: a stream of its events, and the ways in which it fails. */
@NullMarked
package dev.rill.chat.model;

import org.jspecify.annotations.NullMarked;
