/** Real browsers: pages that use Rill, and report what they get. */
@NullMarked
package dev.rill.tests.browser;

import org.jspecify.annotations.NullMarked;
