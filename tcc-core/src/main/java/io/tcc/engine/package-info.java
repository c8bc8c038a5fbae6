/** The deciding side, blind to protocols: coordinator, driver, recovery, operator. */
@NullMarked
package io.tcc.engine;

import org.jspecify.annotations.NullMarked;
