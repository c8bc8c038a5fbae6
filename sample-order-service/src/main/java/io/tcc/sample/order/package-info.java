/** The initiator: purchases that span two services. */
@NullMarked
package io.tcc.sample.order;

import org.jspecify.annotations.NullMarked;
