/**
 * RabbitMQ as a carrier of the local message table: a queue for each topic at each receiver, {@code
 * <service>.<topic>}, and one for the results that a log waits for, {@code
 * tcc-replies.<service>.<log>}.
 */
@NullMarked
package io.tcc.transport.rabbitmq;

import org.jspecify.annotations.NullMarked;
