package io.tcc.architecture.planted.annotations.annotation;

import org.springframework.stereotype.Component;

@Component
public @interface GuiltyTx {}
