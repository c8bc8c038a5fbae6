package io.tcc.architecture.planted.annotations.annotation;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

@Retention(RetentionPolicy.RUNTIME)
public @interface InnocentTx {
  long timeout() default 0;
}
