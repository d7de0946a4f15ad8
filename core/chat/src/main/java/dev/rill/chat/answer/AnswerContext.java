package dev.rill.chat.answer;

import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Model;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.socket.SinkFactory;

/**
 * The dependencies of an attempt.
 *
 * @param sinks creates the sinks of the sockets that are attached
 */
public record AnswerContext(
        ResponseLog log, Model model, SinkFactory sinks, AnswerSettings settings, Time time, Telemetry telemetry) {}
