/** The stock as a participant of two-phase commit. */
@NullMarked
package io.tcc.sample.inventory.prepared;

import org.jspecify.annotations.NullMarked;
