/** Arguments as JSON, read back into the declared types only. */
@NullMarked
package io.tcc.log.json;

import org.jspecify.annotations.NullMarked;
