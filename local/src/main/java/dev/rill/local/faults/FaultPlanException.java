package dev.rill.local.faults;

/** A text that is no plan. */
final class FaultPlanException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String problem;

    FaultPlanException(String problem) {
        super(problem);
        this.problem = problem;
    }

    /** What is wrong, with the name of the field. */
    String problem() {
        return problem;
    }
}
