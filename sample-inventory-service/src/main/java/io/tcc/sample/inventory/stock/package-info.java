/** Stock with available, reserved and sold quantities. */
@NullMarked
package io.tcc.sample.inventory.stock;

import org.jspecify.annotations.NullMarked;
