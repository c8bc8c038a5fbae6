/** A purchase by local message table: ships what was ordered, once, or says why not. */
@NullMarked
package io.tcc.sample.inventory.outbox;

import org.jspecify.annotations.NullMarked;
