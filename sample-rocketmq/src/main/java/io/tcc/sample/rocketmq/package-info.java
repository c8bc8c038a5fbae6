/** A broker for the demo. */
@NullMarked
package io.tcc.sample.rocketmq;

import org.jspecify.annotations.NullMarked;
