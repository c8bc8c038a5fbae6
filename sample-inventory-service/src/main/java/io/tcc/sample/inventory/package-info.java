/** The participant: a stock that is reserved, and then taken or put back. */
@NullMarked
package io.tcc.sample.inventory;

import org.jspecify.annotations.NullMarked;
