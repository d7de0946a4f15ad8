package dev.rill.local.template;

/**
 * A template is invalid, or the local stack can't run it. The message names the place in the template and the reason.
 */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private TemplateException(String message) {
        super(message);
    }

    /**
     * A problem at one place of the template.
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
