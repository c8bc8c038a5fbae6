/** The purchase by a RocketMQ transactional message. */
@NullMarked
package io.tcc.sample.order.message;

import org.jspecify.annotations.NullMarked;
