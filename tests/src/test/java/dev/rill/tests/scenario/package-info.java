/** What a client sees of Rill, told once for every environment that it runs in. */
@NullMarked
package dev.rill.tests.scenario;

import org.jspecify.annotations.NullMarked;
