/** Best-effort notification: a bookkeeper, who may be away, is told of each payment. */
@NullMarked
package io.tcc.sample.order.notification;

import org.jspecify.annotations.NullMarked;
