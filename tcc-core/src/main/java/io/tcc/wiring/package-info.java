/** Plain Spring configuration of all rooms. */
@NullMarked
package io.tcc.wiring;

import org.jspecify.annotations.NullMarked;
