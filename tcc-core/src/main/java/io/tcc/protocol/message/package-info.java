/** Half message, local transaction, check-back: the answers of transactional messages. */
@NullMarked
package io.tcc.protocol.message;

import org.jspecify.annotations.NullMarked;
