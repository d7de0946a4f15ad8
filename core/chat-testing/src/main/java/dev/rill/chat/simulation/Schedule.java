package dev.rill.chat.simulation;

import java.util.random.RandomGenerator;

/** Decides what {@link SimulatedTime} leaves open: which thread runs next, and where a thread is overtaken. */
public interface Schedule {

    /**
     * Which of the runnable threads runs next.
     *
     * @param runnable how many there are, at least two
     * @return an index from 0 to {@code runnable - 1}
     */
    int next(int runnable);

    /**
     * Whether the runnable threads are counted in the order of their start, and not in that in which they became
     * runnable. Then a program that wakes several threads in no certain order has the same story each time.
     */
    boolean ignoresArrival();

    /** Whether a thread that is about to take a lock lets another runnable thread run first. */
    boolean preempts();

    /** Threads run in the order in which they became runnable, and no thread is overtaken before it waits. */
    static Schedule inOrder() {
        return new Schedule() {
            @Override
            public int next(int runnable) {
                return 0;
            }

            @Override
            public boolean ignoresArrival() {
                return false;
            }

            @Override
            public boolean preempts() {
                return false;
            }
        };
    }

    /**
     * Every choice is drawn at random.
     *
     * @param preemption the probability, from 0 to 1, that a thread is overtaken before it takes a lock
     */
    static Schedule random(RandomGenerator random, double preemption) {
        return new Schedule() {
            @Override
            public int next(int runnable) {
                return random.nextInt(runnable);
            }

            @Override
            public boolean ignoresArrival() {
                return true;
            }

            @Override
            public boolean preempts() {
                return random.nextDouble() < preemption;
            }
        };
    }
}
