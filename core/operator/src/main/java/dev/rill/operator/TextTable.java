package dev.rill.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Rows of text under headings, with columns as wide as their widest cell. */
final class TextTable {

    private final List<String> headings = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    TextTable(String... headings) {
        this.headings.addAll(List.of(headings));
    }

    /** Adds headings. */
    TextTable and(String... more) {
        headings.addAll(List.of(more));
        return this;
    }

    /** Adds a row with a cell for each heading. */
    void row(Object... cells) {
        rows.add(Stream.of(cells).map(String::valueOf).toList());
    }

    /** Returns the headings and the rows. */
    List<String> lines() {
        return Stream.concat(Stream.of(headings), rows.stream()).map(this::line).toList();
    }

    private String line(List<String> row) {
        var line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            line.append(String.format(Locale.ROOT, "%-" + (width(column) + 2) + "s", row.get(column)));
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        return Stream.concat(Stream.of(headings), rows.stream())
                .mapToInt(row -> row.get(column).length())
                .max()
                .orElse(0);
    }
}
