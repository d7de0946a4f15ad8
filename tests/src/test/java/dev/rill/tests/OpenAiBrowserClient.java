package dev.rill.tests;

import java.util.List;

/** What the JavaScript client {@code openai} sends from a browser, by its source. */
public final class OpenAiBrowserClient {

    /**
     * Every header name of version 7.59.0 that CORS does not safelist. Firefox sends {@code user-agent}; other browsers
     * drop it.
     */
    public static final List<String> HEADERS = List.of(
            "accept",
            "authorization",
            "content-type",
            "idempotency-key",
            "openai-beta",
            "openai-organization",
            "openai-project",
            "user-agent",
            "x-stainless-arch",
            "x-stainless-custom-poll-interval",
            "x-stainless-helper-method",
            "x-stainless-lang",
            "x-stainless-os",
            "x-stainless-package-version",
            "x-stainless-poll-helper",
            "x-stainless-retry-count",
            "x-stainless-runtime",
            "x-stainless-runtime-version",
            "x-stainless-timeout");

    private OpenAiBrowserClient() {}
}
