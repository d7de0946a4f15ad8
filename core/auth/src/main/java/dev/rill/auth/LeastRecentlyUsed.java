package dev.rill.auth;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map of limited size that forgets the entry that was used the longest ago. Not safe for use by several threads. */
final class LeastRecentlyUsed<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    private final int maxEntries;

    LeastRecentlyUsed(int maxEntries) {
        super(16, 0.75f, true);
        this.maxEntries = maxEntries;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > maxEntries;
    }
}
