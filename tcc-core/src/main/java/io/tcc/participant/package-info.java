/** The called side: record a branch, complete it once, tombstones. */
@NullMarked
package io.tcc.participant;

import org.jspecify.annotations.NullMarked;
