/** Checks of the web page that is committed as it is built. They need no Node. */
@NullMarked
package dev.rill.tests.page;

import org.jspecify.annotations.NullMarked;
