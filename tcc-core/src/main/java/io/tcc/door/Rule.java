package io.tcc.door;

/** Something that must hold for annotated beans; a mistake is noted, not thrown. */
@FunctionalInterface
interface Rule {

  void examine(AnnotatedBean bean, Problems problems);
}
