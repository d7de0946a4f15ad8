package dev.rill.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/** What {@code ./rill up} prints once the stack is ready. */
final class Banner {

    private Banner() {}

    /**
     * The addresses, two commands to try, and last the line that begins with {@code ready}. The commands carry the
     * first key; nothing else shows it.
     */
    static List<String> lines(RunningStack running, Duration took) {
        var addresses = running.addresses();
        var credential = running.firstKey()
                .map(key -> "-H 'Authorization: Bearer " + key + "' ")
                .orElse("");
        var lines = new ArrayList<String>();
        lines.add("");
        var named = new LinkedHashMap<String, String>();
        named.put("page", addresses.http().toString());
        named.putAll(addresses.byName());
        named.remove("logs");
        named.put("model", addresses.model().description());
        named.put("logs", addresses.work().toString());
        named.forEach((name, address) -> lines.add(String.format(Locale.ROOT, "  %-14s%s", name, address)));
        lines.add("");
        lines.add("  npx wscat " + credential + "-c " + addresses.webSocket());
        lines.add("  curl -N " + credential + "-d 'Why is the sky blue?' " + addresses.http());
        lines.add("");
        lines.add(String.format(Locale.ROOT, "ready in %.1f s; Ctrl-C ends everything", took.toMillis() / 1000.0));
        return lines;
    }
}
