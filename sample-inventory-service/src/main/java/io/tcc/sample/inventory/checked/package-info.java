/** The stock as a participant of 3PC. */
@NullMarked
package io.tcc.sample.inventory.checked;

import org.jspecify.annotations.NullMarked;
