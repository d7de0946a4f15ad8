package dev.rill.stream;

import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.model.Model;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.Sockets;

/** The ports that the routes use, or give to the flow. */
public record Ports(Model model, Sockets sockets, TaskQueue tasks, CurrentResponses chats) {}
