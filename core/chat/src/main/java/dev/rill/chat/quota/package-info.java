/**
 * What the responses of one client take: places, requests a minute and tokens; with the port that keeps the account.
 */
@NullMarked
package dev.rill.chat.quota;

import org.jspecify.annotations.NullMarked;
