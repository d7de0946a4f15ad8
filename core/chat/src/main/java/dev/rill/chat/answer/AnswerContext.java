package dev.rill.chat.answer;

import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Model;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.socket.SinkFactory;

/**
 * What an attempt works with.
 *
 * @param sinks for the sockets that are attached, or will be
 */
public record AnswerContext(
        ResponseLog log, Model model, SinkFactory sinks, AnswerSettings settings, Time time, Telemetry telemetry) {}
