/** The purchase by a RocketMQ transactional message: the receiver. */
@NullMarked
package io.tcc.sample.inventory.message;

import org.jspecify.annotations.NullMarked;
