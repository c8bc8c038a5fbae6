/** A purchase by local message table: the order is final here at once, the goods follow. */
@NullMarked
package io.tcc.sample.order.outbox;

import org.jspecify.annotations.NullMarked;
