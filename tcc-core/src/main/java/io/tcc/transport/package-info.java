/** What every carrier shares: header codec and signatures. */
@NullMarked
package io.tcc.transport;

import org.jspecify.annotations.NullMarked;
