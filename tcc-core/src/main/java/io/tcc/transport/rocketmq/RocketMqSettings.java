package io.tcc.transport.rocketmq;

import java.time.Duration;

/**
 * How RocketMQ is reached.
 *
 * @param nameServer addresses of name servers, {@code host:port} separated by semicolons
 * @param group producer group, the same for all instances of a service and for no other: the broker
 *     asks any of them
 * @param instance name of this process among the clients on its machine
 * @param timeout longest wait for one answer of the broker
 */
public record RocketMqSettings(
    String nameServer, String group, String instance, Duration timeout) {}
