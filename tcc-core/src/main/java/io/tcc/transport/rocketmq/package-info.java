/**
 * RocketMQ: half messages and check-backs of transactional messages. The only room that knows its
 * client library, which an application brings along if it wants it.
 */
@NullMarked
package io.tcc.transport.rocketmq;

import org.jspecify.annotations.NullMarked;
