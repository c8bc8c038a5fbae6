/** From annotation to spec record to engine; start-up validation; the template. */
@NullMarked
package io.tcc.door;

import org.jspecify.annotations.NullMarked;
