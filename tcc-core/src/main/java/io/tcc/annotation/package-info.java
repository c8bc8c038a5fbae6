/** What users write. Uses nothing but the JDK. */
@NullMarked
package io.tcc.annotation;

import org.jspecify.annotations.NullMarked;
