/** Fuzz targets of the UI messages of the AI SDK. */
@NullMarked
package dev.rill.chat.uimessages;

import org.jspecify.annotations.NullMarked;
