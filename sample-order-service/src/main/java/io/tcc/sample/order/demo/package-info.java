/** For the demo only: look at the log. */
@NullMarked
package io.tcc.sample.order.demo;

import org.jspecify.annotations.NullMarked;
