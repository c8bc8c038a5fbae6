/** Best-effort notification: third parties are told what committed here, as well as can be. */
@NullMarked
package io.tcc.protocol.notification;

import org.jspecify.annotations.NullMarked;
