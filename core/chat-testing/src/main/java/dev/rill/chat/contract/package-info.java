/** What every adapter of a port does, as tests: a module that implements one extends its contract. */
@NullMarked
package dev.rill.chat.contract;

import org.jspecify.annotations.NullMarked;
