package dev.rill.local.template;

/** A template that cannot be run here; the message names the place in the template and what is wrong with it. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private TemplateException(String message) {
        super(message);
    }

    /**
     * A problem of one place.
     *
     * @param path the place, such as {@code Resources.Queue.Properties.VisibilityTimeout}
     */
    static TemplateException at(String path, String problem) {
        return new TemplateException(path + ": " + problem);
    }

    static TemplateException inTemplate(String problem) {
        return new TemplateException(problem);
    }
}
